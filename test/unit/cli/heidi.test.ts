import { describe, expect, it } from "vitest";
import { start } from "./terminal.ts";

const COMMANDS = ["consult", "ask", "transcript", "token", "doctor", "mcp", "sandbox", "completion"];

async function outcome(args: readonly string[], environment: Record<string, string> = {}) {
  const session = start(args, { environment });
  return { code: await session.code, output: session.output(), errors: session.errors() };
}

describe("heidi", () => {
  it("lists its commands, tells its version, and says what to do when nothing was asked", async () => {
    const help = await outcome(["--help"]);
    expect(help.code).toBe(0);
    for (const name of COMMANDS) expect(help.output).toContain(`heidi ${name}`);
    expect(await outcome([])).toMatchObject({ code: 2, output: help.output });
    expect(await outcome(["--version"])).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });

  it.each(COMMANDS)("helps with %s, with an example and without a line that is too long", async (name) => {
    const { code, output } = await outcome([name, "--help"]);
    expect(code).toBe(0);
    expect(output).toMatch(new RegExp(`^heidi ${name}: [\\s\\S]*Example:\\n  heidi ${name} `));
    expect(output.split("\n").filter((line) => line.length > 118 || line.endsWith(" "))).toEqual([]);
    expect(output).not.toContain("undefined");
    expect(await outcome(["help", name])).toEqual({ code, output, errors: "" });
    expect((await outcome([name, "-h", "--nonsense"])).output).toBe(output);
  });

  it.each([
    ["consutl", "heidi consult"],
    ["transcribe", "heidi transcript"],
    ["tokens", "heidi token"],
  ])("names the command that is nearest to %s", async (name, meant) => {
    expect(await outcome([name])).toMatchObject({
      code: 2,
      output: "",
      errors: expect.stringContaining(`Did you mean ${meant}?`),
    });
  });

  it("guesses no command when none is near", async () => {
    expect(await outcome(["frobnicate"])).toMatchObject({
      code: 2,
      errors: `Unknown command. The commands are: ${COMMANDS.join(", ")}.`,
    });
  });
});

describe("wrong arguments", () => {
  it.each([
    ["token --emial x", "Unknown option '--emial'. Did you mean --email?"],
    [
      "doctor -j",
      "Unknown option '-j'. The options are --json, --email, --id, --region, --base-url, --dialect, --api-key-file, --timeout.",
    ],
    ["consult --frobnicate", "Unknown option '--frobnicate'.\nSee"],
    ["token --json=yes", "--json takes no value."],
    ["token --email", "--email needs a value: <address>."],
    ["token --email=", "--email needs a value: <address>."],
    [
      "token --email --id",
      "--email needs a value: <address>. Pass a value that begins with a dash as --email=-…",
    ],
    ["token --show --json", "--show and --json exclude each other"],
    ["token zq7-secret", "Too many arguments"],
    ["doctor --region mars", "--region takes au, us, ca, eu or uk.\nSee"],
    ["doctor --timeout soon", "--timeout takes a duration"],
    ["doctor --timeout 0", "--timeout takes a duration"],
    ["doctor --email zq7-dr@clinic.example", "Also pass --id"],
    ["doctor --id zq7-ehr", "Also pass --email"],
    ["ask", "Which session?"],
    ["ask 1", "What is the question?"],
    ["ask 1 why --about letter", "--about takes note or transcript."],
    ["transcript", "Which session?"],
    ["transcript 1 2", "Too many arguments"],
    ["transcript 1 --wait 1m --no-wait", "--wait and --no-wait exclude each other"],
    ["mcp zq7", "Too many arguments"],
    ["mcp --allow-write", "Unknown option '--allow-write'. Did you mean --allow-writes?"],
    ["mcp --api-key-file -", "--api-key-file - is not possible here"],
    ["mcp --sandbox --email zq7@clinic.example", "--sandbox and --email exclude each other."],
    ["mcp", "No clinician: pass --email and --id"],
    ["consult", "Which recording?"],
    ["consult /nonexistent/zq7.ogg", "The recording could not be read (ENOENT)."],
    ["consult /", "The recording is not a file."],
    ["consult /dev/null", "The recording is not a file."],
    ["consult package.json --context /nonexistent", "A file of --context could not be read (ENOENT)."],
    ["consult package.json --first-name zq7", "also pass --patient-id"],
    ["consult package.json --patient-id 1 --patient-profile 2", "Pass only one of --patient-id"],
    ["consult package.json --patient-id 1 --birth-date 1984-02-30", "takes a calendar date"],
    ["consult package.json --patient-file package.json", "must be JSON such as"],
    ["consult package.json --patient-file README.md", "must be JSON such as"],
    ["consult package.json --patient-file /nonexistent", "could not be read (ENOENT)"],
    ["consult package.json --voice brif", "Did you mean BRIEF?"],
    ["consult package.json --codes snomed_c", "Did you mean SNOMED-CT?"],
    ["consult package.json --out /nonexistent/zq7.md", "The file of --out cannot be written (ENOENT)."],
    ["consult package.json --out src", "The file of --out is a folder"],
    ["consult package.json --out ./package.json", "--out names a file that another option also uses"],
    ["consult package.json --journal package.json", "--journal names a file that another option also uses"],
    ["consult package.json --done audio", "need the --journal"],
    ["consult package.json --journal j.json --done audios", "The steps are"],
    ["consult package.json --journal j.json --done audio --not-done audio", "Pass only one of --done"],
    ["consult package.json --sandbox --journal j.json", "--sandbox and --journal exclude each other"],
    ["consult package.json", "No clinician: pass --email and --id"],
  ])("are refused before anything is sent: %s", async (line, reason) => {
    const refused = await outcome(line.split(" "), {
      HEIDI_API_KEY: "zq7-key",
      HEIDI_BASE_URL: "http://[::1]:9",
    });
    expect(refused).toMatchObject({ code: 2, output: "", errors: expect.stringContaining(reason) });
    expect(refused.errors).toMatch(/\nSee: heidi [a-z]+ --help$/);
    // Messages name options, never values: they may be secrets or patients' data.
    expect(refused.errors).not.toContain("zq7");
  });

  it.each(["consult", "ask", "transcript", "token", "doctor", "mcp"])(
    "heidi %s refuses an API key as an argument, says why, and does not repeat it",
    async (name) => {
      for (const given of [["--api-key", "zq7-key"], ["--api-key=zq7-key"]]) {
        const { code, errors } = await outcome([name, ...given]);
        expect([code, errors]).toEqual([2, expect.stringContaining("can read arguments. Set HEIDI_API_KEY")]);
        expect(errors).not.toContain("zq7");
      }
    },
  );

  it.each(["consult package.json", "ask 1 why", "transcript 1", "token", "mcp"])(
    "heidi %s says where a key comes from when there is none",
    async (line) => {
      const { code, errors } = await outcome(line.split(" "), {
        HEIDI_EMAIL: "a@b.example",
        HEIDI_USER_ID: "1",
      });
      expect([code, errors]).toEqual([2, expect.stringContaining("There is no API key: set HEIDI_API_KEY")]);
    },
  );

  it("refuses a region beside the address of the environment, which would outdo it", async () => {
    const environment = {
      HEIDI_API_KEY: "k",
      HEIDI_BASE_URL: "https://gateway.example",
      HEIDI_EMAIL: "a@b.example",
      HEIDI_USER_ID: "1",
    };
    const { code, errors } = await outcome(["token", "--region", "au"], environment);
    expect([code, errors]).toEqual([2, expect.stringContaining("Unset HEIDI_BASE_URL")]);
  });
});
