/** The command line of every command: what it takes, `--help`, and the exit code. */
import { parseArgs } from "@std/cli/parse-args";
import { nearestName } from "./nearest_name.ts";

/** What an option takes: nothing, one text, or a text each time that it is given. */
export type OptionKind = "flag" | "text" | "texts";

/** A command's options by name, without the dashes. */
export type OptionKinds = Readonly<Record<string, OptionKind>>;

/** Values of options. */
export type OptionValues<K extends OptionKinds> = {
  readonly [Name in keyof K]: K[Name] extends "flag" ? boolean
    : K[Name] extends "texts" ? readonly string[]
    : string | undefined;
};

/** A command line that is understood. */
export interface CommandLine<K extends OptionKinds> {
  readonly options: OptionValues<K>;
  /** What is no option, in order. */
  readonly words: readonly string[];
  /** What follows `--`. */
  readonly rest: readonly string[];
}

/** Thrown for what is wrong with a command line: the exit code is 2. */
export class UsageError extends Error {
  override name = "UsageError";
}

// deno-lint-ignore no-explicit-any
type ErrorClass = abstract new (...args: any[]) => Error;

/** A command. */
export interface Command<K extends OptionKinds> {
  /** What `--help` shows. */
  readonly usage: string;
  readonly options?: K;
  /** True if it takes words beside its options; default false. */
  readonly words?: boolean;
  /** True if it takes what follows `--`; default false. */
  readonly rest?: boolean;
  /** Errors whose message is all that the reader needs (exit code 1). Others are bugs. */
  readonly known?: readonly ErrorClass[];
  /** Does the work. @returns the exit code */
  run(line: CommandLine<K>): Promise<number> | number;
}

/** Runs a command with these arguments. @returns the exit code */
export async function runCommand<const K extends OptionKinds>(
  command: Command<K>,
  args: readonly string[] = Deno.args,
): Promise<number> {
  try {
    const line = readCommandLine(command, args);
    if (line !== "help") return await command.run(line);
    console.log(helpOf(command.usage));
    return 0;
  } catch (error) {
    const known = [UsageError, ...command.known ?? []].some((type) => error instanceof type) ||
      // Nothing can be written, to a file or to where all goes.
      (error as { readonly code?: unknown } | null)?.code === "ENOSPC";
    if (!known) throw error;
    console.error((error as Error).message.trimEnd());
    return error instanceof UsageError ? 2 : 1;
  }
}

/** What `--help` shows: what a command's exit codes mean, unless it says so itself, are these. */
export function helpOf(usage: string): string {
  if (/^ *Exit code:/m.test(usage)) return usage.trimEnd();
  return `${usage.trimEnd()}\n\nExit code: 0 done, 1 failed, 2 used wrongly.`;
}

/** What is said of an option that there is not: what was meant, else all that there is. */
function unknownOption(given: string, kinds: OptionKinds, usage: string): string {
  const nearest = nearestName(given, [...Object.keys(kinds), "help"].map((name) => `--${name}`));
  return nearest === null
    ? `Unknown option ${given}\n\n${usage}`
    : `Unknown option ${given}: did you mean ${nearest}? --help shows all there are.`;
}

/** Understands a command line. @throws {UsageError} naming what is wrong with it */
export function readCommandLine<const K extends OptionKinds>(
  { usage, options, words = false, rest = false }: Omit<Command<K>, "run">,
  args: readonly string[],
): CommandLine<K> | "help" {
  const kinds: OptionKinds = options ?? {};
  const named = (...wanted: OptionKind[]) =>
    Object.keys(kinds).filter((name) => wanted.includes(kinds[name]!));
  const wrong: string[] = [];
  const unknown: string[] = [];
  const parsed: Record<string, unknown> & { readonly _: string[]; readonly "--": string[] } =
    parseArgs(args, {
      boolean: [...named("flag"), "help"],
      // "_": words stay texts, though they may look like numbers.
      string: [...named("text", "texts"), "_"],
      collect: named("texts"),
      alias: { help: "h" },
      "--": true,
      unknown: (arg: string, key?: string) => {
        if (key !== undefined) unknown.push(unknownOption(arg.replace(/=.*$/s, ""), kinds, usage));
        else if (!words) wrong.push(`Unexpected argument "${arg}"`);
      },
    });
  if (parsed["help"] === true) return "help";
  if (unknown[0] !== undefined) throw new UsageError(unknown[0]);
  for (const name of named("flag")) {
    if (args.some((arg) => arg.startsWith(`--${name}=`))) wrong.push(`--${name} takes no value`);
  }
  for (const name of named("text", "texts")) {
    if ([parsed[name]].flat().includes("")) wrong.push(`--${name} needs a value`);
  }
  if (!rest && parsed["--"].length > 0) wrong.push(`Unexpected argument "${parsed["--"][0]}"`);
  if (wrong[0] !== undefined) throw new UsageError(`${wrong[0]}\n\n${usage}`);
  return {
    options: parsed as unknown as OptionValues<K>,
    words: parsed._,
    rest: parsed["--"],
  };
}

/** The number that an option gives. @throws {UsageError} where it is not what it must be */
export function readNumber(
  option: string,
  text: string,
  what: string,
  fits: (number: number) => boolean,
): number {
  const number = text.trim() === "" ? NaN : Number(text);
  if (fits(number)) return number;
  throw new UsageError(`${option} must be ${what}, not "${text}"`);
}

/** Where the command was called: tasks run in the project's folder, and tell. */
export function callerFolder(): string {
  return Deno.env.get("INIT_CWD") ?? Deno.cwd();
}
