import type { FlagSpec, FlagTable, Help } from "./help.ts";

/** The parts of a command that a shell completes. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly positional: Help["positional"];
  readonly options: FlagTable;
}

/** The names under which the package installs the command. */
const PROGRAMS = ["heidi", "heidi-health-sdk"];
const HELP: FlagSpec = { type: "boolean", description: "help for the command" };
const HELP_COMMAND = { name: "help", summary: "help for a command" };
const FILE = "<file>";

interface Option extends FlagSpec {
  readonly name: string;
  readonly text: string;
}

/** Returns the options of a command as its help lists them, and `--help`. */
function optionsOf({ options }: CompletedCommand): readonly Option[] {
  return Object.entries({ ...options, help: HELP } as FlagTable)
    .filter(([, { forbidden }]) => forbidden === undefined)
    .map(([name, spec]) => ({ ...spec, name, text: (spec.description ?? "").replaceAll("\n", " ") }));
}

const GLOBAL: readonly Option[] = [
  { ...HELP, name: "help", text: "the list of commands" },
  { ...HELP, name: "version", text: "the version of this package" },
];

/** Returns text as one word of a shell. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Returns the script for bash, from version 3.2 on. Readline splits `--voice=brief` into three words.
 */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const cases = commands.flatMap((command) => {
    const { name, positional } = command;
    const options = optionsOf(command);
    const withValue = options.filter(({ type }) => type === "string");
    return [
      ...withValue.map(({ name: option, value, choices }) => {
        const words = choices === undefined ? ":" : `_heidi_choices ${quote(choices.join(" "))}`;
        return `    '${name} --${option}') ${value === FILE ? "_heidi_files" : words} ;;`;
      }),
      `    '${name} '*)`,
      `      case $cur in`,
      `        -*) _heidi_words ${quote(options.map(({ name: option }) => `--${option}`).join(" "))} ;;`,
      ...(positional === undefined
        ? []
        : [
            `        *) ${positional === "file" ? "_heidi_files" : `_heidi_words ${quote(positional.join(" "))}`} ;;`,
          ]),
      `      esac ;;`,
    ];
  });
  const names = commands.map(({ name }) => name).join(" ");
  return `# Completion for heidi in bash. Made by: heidi completion bash
_heidi_words() {
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}

_heidi_choices() {
  case $cur in
    [[:lower:]]*) _heidi_words "$(printf '%s' "$1" | tr '[:upper:]_' '[:lower:]-')" ;;
    *) _heidi_words "$1" ;;
  esac
}

_heidi_files() {
  local IFS=$'\\n' file
  compopt -o filenames -o default 2>/dev/null
  while read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$cur")
}

_heidi() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD == 1)); then
    case $cur in
      -*) _heidi_words '${GLOBAL.map(({ name }) => `--${name}`).join(" ")}' ;;
      *) _heidi_words '${names} help' ;;
    esac
    return
  fi
  case "\${COMP_WORDS[1]} $prev" in
    'help help') _heidi_words '${names}' ;;
${cases.join("\n")}
  esac
}

complete -F _heidi ${PROGRAMS.join(" ")}`;
}

/** Returns text for a specification of zsh's _arguments or _describe. */
const zshText = (text: string): string => text.replaceAll(/[\\[\]:]/g, (character) => `\\${character}`);

/** Returns the script for zsh: a file of fpath, or text to evaluate after compinit. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const valueSpec = ({ value = FILE, choices }: Option): string => {
    const message = zshText(value.replaceAll(/[<>]/g, ""));
    if (value === FILE) return `:${message}:_files`;
    if (choices === undefined) return `:${message}: `;
    // The space keeps _arguments from adding arguments of its own.
    return `:${message}: _heidi_choices ${choices.join(" ")}`;
  };
  const cases = commands.map((command) => {
    const { name, positional } = command;
    const specs = optionsOf(command).map((option) => {
      const isValued = option.type === "string";
      const head = `${option.multiple ? "*" : ""}--${option.name}${isValued ? "=" : ""}`;
      return quote(`${head}[${zshText(option.text)}]${isValued ? valueSpec(option) : ""}`);
    });
    if (positional !== undefined) {
      specs.push(quote(positional === "file" ? "1:file:_files" : `1:argument:(${positional.join(" ")})`));
    }
    // Without it, _arguments completes nothing after an argument that it does not know.
    specs.push("'*:argument: '");
    return [
      `    ${name})`,
      `      _arguments -S \\`,
      ...specs.map((spec) => `        ${spec} \\`),
      `        && return ;;`,
    ].join("\n");
  });
  const described = (name: string, text: string): string =>
    `    ${quote(`${zshText(name)}:${zshText(text)}`)}`;
  return `#compdef ${PROGRAMS.join(" ")}
# Completion for heidi in zsh. Made by: heidi completion zsh
_heidi_choices() {
  compadd -M 'm:{[:lower:]-}={[:upper:]_}' - "$@"
}

_heidi() {
  local -a commands options
  commands=(
${[...commands, HELP_COMMAND].map(({ name, summary }) => described(name, summary)).join("\n")}
  )
  options=(
${GLOBAL.map(({ name, text }) => described(`--${name}`, text)).join("\n")}
  )
  if ((CURRENT == 2)); then
    if [[ $PREFIX == -* ]]; then
      _describe -o option options
    else
      _describe command commands
    fi
    return
  fi
  if ((CURRENT == 3)) && [[ $words[2] == help ]]; then
    _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
${cases.join("\n")}
  esac
}

if [[ $funcstack[1] == _heidi ]]; then
  _heidi "$@"
else
  compdef _heidi ${PROGRAMS.join(" ")}
fi`;
}

/** Returns the script for fish, from version 3.0 on. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const lineOf = (condition: string, rest: string): string =>
    PROGRAMS.map((program) => `complete -c ${program} -n ${quote(condition)} ${rest}`).join("\n");
  const optionLine = (condition: string, { name, type, value, choices, text }: Option): string => {
    const words = choices === undefined ? "" : ` -a ${quote(choices.join(" "))}`;
    const argument = value === FILE ? " -r -F" : ` -x${words}`;
    return lineOf(condition, `-l ${name}${type === "string" ? argument : ""} -d ${fishQuote(text)}`);
  };
  const lines = commands.flatMap((command) => {
    const { name, summary, positional } = command;
    const condition = `__heidi_command ${name}`;
    return [
      lineOf("__heidi_no_command", `-a ${name} -d ${fishQuote(summary)}`),
      lineOf("__heidi_command help", `-a ${name} -d ${fishQuote(summary)}`),
      ...optionsOf(command).map((option) => optionLine(condition, option)),
      ...(positional === undefined
        ? []
        : [lineOf(condition, positional === "file" ? "-F" : `-a ${quote(positional.join(" "))}`)]),
    ];
  });
  return `# Completion for heidi in fish. Made by: heidi completion fish
function __heidi_no_command
    test (count (commandline -opc)) -eq 1
end

function __heidi_command
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test "$words[2]" = "$argv[1]"
end

${PROGRAMS.map((program) => `complete -c ${program} -f`).join("\n")}
${GLOBAL.map((option) => optionLine("__heidi_no_command", option)).join("\n")}
${lineOf("__heidi_no_command", `-a ${HELP_COMMAND.name} -d ${fishQuote(HELP_COMMAND.summary)}`)}
${lines.join("\n")}`;
}

/** Returns text in quotes of fish, where a backslash escapes. */
const fishQuote = (text: string): string => `'${text.replaceAll(/[\\']/g, (character) => `\\${character}`)}'`;
