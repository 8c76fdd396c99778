import { suggestOrList } from "../../utils/suggest.ts";
import { type Command, type CommandEntry, EXIT, UsageError } from "../command.ts";
import { bashScript, type CompletedCommand, fishScript, zshScript } from "../completion.ts";
import { parseFlags } from "../flags.ts";

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
const SHELLS = Object.keys(SCRIPTS) as readonly (keyof typeof SCRIPTS)[];

/** Creates `heidi completion`: prints a completion script for the options and arguments of these commands. */
export function createCompletionCommand(entries: readonly CommandEntry[]): Command {
  const command: Command = {
    help: {
      title: "heidi completion: prints a script that completes commands and options in a shell",
      usage: "heidi completion <bash|zsh|fish>",
      positional: SHELLS,
      examples: [
        "heidi completion bash > ~/.local/share/bash-completion/completions/heidi",
        "heidi completion zsh > ~/.zfunc/_heidi",
        "heidi completion fish > ~/.config/fish/completions/heidi.fish",
      ],
      options: {},
      notes: [
        "The script completes commands, options, the values of options that take one of a few, and file names. It needs",
        "no network and no Node while you type. Print it again after an update of this package.",
        "bash reads the folder above with the package bash-completion; without it, source the file in ~/.bashrc.",
        "zsh reads a folder that is in fpath before compinit: fpath=(~/.zfunc $fpath); autoload -Uz compinit; compinit",
      ],
    },
    run: async (args, terminal) => {
      const [name] = parseFlags(args, {}, 1).positionals;
      const shell = SHELLS.find((one) => one === name);
      if (shell === undefined) {
        const advice = name === undefined ? "" : suggestOrList(name, SHELLS, "The shells are");
        throw new UsageError(`Which shell? heidi completion bash, zsh or fish.${advice}`);
      }
      const commands = await Promise.all(
        entries.map(async ({ name, summary, load }): Promise<CompletedCommand> => {
          const { options, positional } = (await load()).help;
          return { name, summary, positional, options: Object.assign({}, ...Object.values(options)) };
        }),
      );
      terminal.print(SCRIPTS[shell](commands));
      return EXIT.done;
    },
  };
  return command;
}
