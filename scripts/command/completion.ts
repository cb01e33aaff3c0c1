/** Prints a completion for bash, made of the same table and texts that `--help` shows. */
import {
  type Command,
  type CommandLine,
  type OptionKinds,
  UsageError,
} from "../lib/command_line.ts";
import type { Subcommand } from "./subcommand.ts";

const USAGE = `Usage: janus-zeromq completion bash

  Prints a completion of commands, options and files for bash. To use it:

    source <(janus-zeromq completion bash)

  -h, --help  Shows this.
`;

/** What stands for a file or folder in help. */
const FILES = /^(FILE|FOLDER|PATH|DIR)\b/;

/** What help says that an option takes, such as `FILE`; undefined for a flag. */
export function valueOf(usage: string, option: string): string | undefined {
  return new RegExp(`--${option}[ =]\\[?([A-Z][A-Z:]*)`).exec(usage)?.[1];
}

interface Completed {
  readonly name: string;
  /** With their dashes. */
  readonly options: readonly string[];
  /** Those that take a file, and those that take something else. */
  readonly files: readonly string[];
  readonly values: readonly string[];
  /** Words that may follow. */
  readonly words: readonly string[];
  /** Whether files may follow. */
  readonly takesFiles: boolean;
}

function complete(name: string, { usage, options, words }: Command<OptionKinds>): Completed {
  const kinds = Object.entries(options ?? {});
  const taking = kinds.filter(([, kind]) => kind !== "flag").map(([option]) => option);
  const isFile = (option: string) => FILES.test(valueOf(usage, option) ?? "");
  const [first = ""] = usage.split("\n");
  const dashed = (names: readonly string[]) => names.map((option) => `--${option}`);
  return {
    name,
    options: dashed([...kinds.map(([option]) => option), "help"]),
    files: dashed(taking.filter(isFile)),
    values: dashed(taking.filter((option) => !isFile(option))),
    words: words === true ? wordsOf(usage, first) : [],
    takesFiles: words === true && /\bFILE\b/.test(first.replaceAll(/--\S+ FILE/g, "")),
  };
}

/** Words that help lists at the beginning of lines, where its first line has COMMAND. */
function wordsOf(usage: string, first: string): string[] {
  if (/completion bash$/.test(first)) return ["bash"];
  if (!/\bCOMMAND\b/.test(first)) return [];
  return [...usage.matchAll(/^ {2}([a-z]+)\b.* {2,}[A-Z]/gm)].map(([, word]) => word!);
}

/** The script. */
export function bashScript(
  subcommands: readonly Subcommand[],
  commands: readonly Completed[],
): string {
  const firsts = [...new Set(subcommands.map(({ name }) => name.split(" ")[0]!))];
  const seconds = Map.groupBy(
    subcommands.map(({ name }) => name.split(" ")).filter(({ length }) => length > 1),
    ([first]) => first!,
  );
  const cases = commands.map((one) =>
    `    "${one.name}") options="${one.options.join(" ")}" files=" ${one.files.join(" ")} "` +
    ` values=" ${one.values.join(" ")} " words="${one.words.join(" ")}" takes=${
      one.takesFiles ? "files" : "none"
    } ;;`
  );
  const groups = [...seconds].map(([first, names]) =>
    `    ${first}) words="${names.map(([, second]) => second).join(" ")}" ;;`
  );
  return `# Completion of janus-zeromq for bash, made by: janus-zeromq completion bash
_janus_zeromq() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local name=\${COMP_WORDS[1]} options="" files=" " values=" " words="" takes=none
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "${firsts.join(" ")} --help --version" -- "$current")
    return
  fi
  case $name in
${groups.join("\n")}
  esac
  if [[ -n $words ]]; then
    if ((COMP_CWORD == 2)); then
      mapfile -t COMPREPLY < <(compgen -W "$words --help" -- "$current")
      return
    fi
    name="$name \${COMP_WORDS[2]}" words=""
  fi
  case $name in
${cases.join("\n")}
    *) return ;;
  esac
  if [[ $previous == "=" ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [[ $current == "=" ]]; then current=""; fi
  if [[ $files == *" $previous "* ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  elif [[ $values == *" $previous "* ]]; then
    return
  elif [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  elif [[ $takes == files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  fi
}
complete -F _janus_zeromq janus-zeromq
`;
}

/** The command that completes these, itself among them. */
export function completionCommand(subcommands: readonly Subcommand[]) {
  async function run({ words }: CommandLine<Record<never, never>>): Promise<number> {
    if (words.length !== 1 || words[0] !== "bash") throw new UsageError(USAGE);
    const commands: Completed[] = [];
    for (const { name, load } of subcommands) commands.push(complete(name, (await load()).COMMAND));
    console.log(bashScript(subcommands, commands).trimEnd());
    return 0;
  }
  return { usage: USAGE, words: true, run } as const;
}
