import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { start } from "./terminal.ts";

const COMMANDS = ["consult", "ask", "transcript", "token", "doctor", "mcp", "sandbox", "completion"];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "heidi-completion-"));
  for (const name of ["visit.ogg", "visit two.ogg", "other.json"]) await writeFile(join(folder, name), "");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function print(args: readonly string[]): Promise<string> {
  const session = start(args);
  expect(await session.code).toBe(0);
  return session.output();
}

/** A shell, which completes each line of LINES_FILE and prints the candidates, ended by a line "END". */
interface Shell {
  readonly program: string;
  readonly args: readonly string[];
}

const BASH = `
source "$SCRIPT"
while IFS= read -r line; do
  COMP_WORDS=()
  read -ra words <<< "\${line//=/ = }"
  COMP_WORDS=("\${words[@]}")
  [[ $line == *[\\ =] ]] && [[ $line != *= ]] && COMP_WORDS+=("")
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  complete=$(complete -p "\${COMP_WORDS[0]}")
  [[ $complete == *"-F _heidi "* ]] && _heidi
  printf '%s\\n' "\${COMPREPLY[@]}" END
done < "$LINES_FILE"
`;
const FISH = `
source $SCRIPT
while read -l line
  complete -C "$line" | string replace -r '\\t.*' ''
  echo END
end < $LINES_FILE
`;
// The inner shell completes on a terminal of its own; its compadd also prints what it gets.
const ZSH = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z '
PS1= PS2= RPS1=; unsetopt zle_bracketed_paste prompt_cr prompt_sp; stty -echo
autoload -Uz compinit; compinit -D -u
source "$SCRIPT"
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a found; builtin compadd -A found "$@"; (( $#found )) && print -rl -- CANDIDATE$^found
  builtin compadd "$@"
}
zle -C list-candidates complete-word candidates
candidates() { comppostfuncs=(); _main_complete; compstate[insert]=; compstate[list]=; print -r -- "D""ONE" }
bindkey "^I" list-candidates
bindkey "^U" kill-whole-line
print -r -- "RE""ADY"
'
zpty -r z output '*READY*'
while IFS= read -r line; do
  zpty -w -n z $'\\C-U'"$line"$'\\t'
  zpty -r z output '*DONE*'
  print -r -- "$output" | tr -d '\\r' | sed -n 's/.*CANDIDATE//p'
  print END
done < "$LINES_FILE"
zpty -d z
`;
const SHELLS: Readonly<Record<string, Shell>> = {
  bash: { program: "bash", args: ["--norc", "--noprofile", "-c", BASH] },
  zsh: { program: "zsh", args: ["-f", "-c", ZSH] },
  fish: { program: "fish", args: ["--no-config", "-c", FISH] },
};
const isMissing = (program: string): boolean => spawnSync(program, ["--version"]).error !== undefined;

/** Returns what the shell offers at the end of each line, in one spelling for all shells. */
async function complete(shell: string, lines: readonly string[]): Promise<readonly (readonly string[])[]> {
  const { program, args } = SHELLS[shell] ?? expect.unreachable();
  const script = join(folder, `.script-${shell}`);
  const file = join(folder, `.lines-${shell}`);
  await writeFile(script, await print(["completion", shell]));
  await writeFile(file, lines.map((line) => `${line}\n`).join(""));
  const { stdout } = await promisify(execFile)(program, [...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, TERM: "xterm", SCRIPT: script, LINES_FILE: file },
    timeout: 600_000,
  });
  const plain = (candidate: string): string =>
    candidate
      .replace(/^--[a-z-]+=(?=.)/, "")
      .replace(/=$/, "")
      .replaceAll("\\", "");
  return stdout
    .split(/^END\n/m)
    .slice(0, -1)
    .map((text) =>
      [
        ...new Set(
          text
            .split("\n")
            .filter((line) => line !== "")
            .map(plain),
        ),
      ].sort(),
    );
}

const CASES: readonly (readonly [line: string, candidates: readonly string[]])[] = [
  ["heidi con", ["consult"]],
  ["heidi ", [...COMMANDS, "help"]],
  ["heidi --v", ["--version"]],
  ["heidi help tok", ["token"]],
  ["heidi-health-sdk doc", ["doctor"]],
  ["heidi consult --voice B", ["BRIEF"]],
  ["heidi consult --voice=SUPER", ["SUPER_DETAILED"]],
  ["heidi consult --patient-id 7 --codes SNOMED-", ["SNOMED-CT"]],
  ["heidi consult visit.ogg --region ", ["au", "ca", "eu", "uk", "us"]],
  ["heidi consult visit.ogg --region=", ["au", "ca", "eu", "uk", "us"]],
  ["heidi consult vis", ["visit two.ogg", "visit.ogg"]],
  ["heidi consult visit.ogg --journal oth", ["other.json"]],
  ["heidi consult visit.ogg --journal=oth", ["other.json"]],
  ["heidi consult --accept-p", ["--accept-partial"]],
  ["heidi token --api-key", ["--api-key-file"]],
  ["heidi token --email vis", []],
  ["heidi transcript vis", []],
  ["heidi ask 1 why --about ", ["note", "transcript"]],
  ["heidi sandbox --deployment d", ["documented"]],
  ["heidi completion f", ["fish"]],
];

for (const shell of Object.keys(SHELLS)) {
  describe.skipIf(isMissing(shell))(`completion in a real ${shell} (needs ${shell})`, () => {
    it("offers commands, options, their values, and files where a file is expected", async () => {
      const offered = await complete(
        shell,
        CASES.map(([line]) => line),
      );
      const sorted = CASES.map(([line, candidates]) => [line, [...candidates].sort()]);
      expect(CASES.map(([line], index) => [line, offered[index]])).toEqual(sorted);
    });

    it("offers the options of each command that its help lists", async () => {
      const offered = await complete(
        shell,
        COMMANDS.map((name) => `heidi ${name} --`),
      );
      for (const [index, name] of COMMANDS.entries()) {
        const help = await print([name, "--help"]);
        const listed = [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, option = ""]) => option);
        expect([name, offered[index]]).toEqual([name, [...listed, "--help"].sort()]);
      }
    });

    it("takes values in lower case too", async () => {
      const lines = ["heidi consult --voice super", "heidi consult --codes icd-10-"];
      const offered = await complete(shell, lines);
      expect(offered.map((all) => all.map((one) => one.toLowerCase().replaceAll("_", "-")))).toEqual([
        ["super-detailed"],
        ["icd-10-cm"],
      ]);
    });
  });
}

describe("heidi completion", () => {
  it.each([
    [[], "Which shell? heidi completion bash, zsh or fish.\nSee"],
    [["fsih"], "Which shell? heidi completion bash, zsh or fish. Did you mean fish?"],
    [["powershell"], "Which shell? heidi completion bash, zsh or fish. The shells are"],
  ])("asks for a shell that it knows: %j", async (args, reason) => {
    const session = start(["completion", ...args]);
    expect(await session.code).toBe(2);
    expect(session.errors()).toContain(reason);
    expect(session.output()).toBe("");
  });
});
