/** Installs the built plugins for the system's Janus, or removes them. */
import { type CommandLine, runCommand, UsageError } from "../lib/command_line.ts";
import { install, installDeno, InstallError, type InstallOptions, uninstall } from "./installer.ts";
import { findJanusFolders, JanusNotFoundError } from "../lib/janus_folders.ts";
import { findServiceDeno } from "../lib/service_deno.ts";
import { shellWord } from "../lib/terminal.ts";

const USAGE = `Usage: scripts/deno task install|uninstall [options]

  Installs the built plugins for the system's Janus, or removes them; configurations stay.

  --prefix DIR   The Janus installed below DIR (/usr, /opt/janus); default is the one that is found.
  --destdir DIR  Puts DIR before every path written, for building packages; default is DESTDIR.
  --with-deno    Copies this Deno to PREFIX/bin/deno (/usr/local/bin without --prefix), install only.
  --dry-run      Only says what would be done.
  -h, --help     Shows this.

Environment: JANUS, the absolute path of another janus than the one on PATH.
`;

const OPTIONS = {
  prefix: "text",
  destdir: "text",
  "with-deno": "flag",
  "dry-run": "flag",
} as const;

interface Arguments {
  readonly action: "install" | "uninstall";
  readonly prefix: string | undefined;
  readonly destdir: string;
  readonly with_deno: boolean;
  readonly dry_run: boolean;
}

/** Understands the command line. @throws {UsageError} saying what is wrong with it */
export function readArguments({ options, words }: CommandLine<typeof OPTIONS>): Arguments {
  const [action] = words;
  if ((action !== "install" && action !== "uninstall") || words.length > 1) {
    throw new UsageError(`Expected "install" or "uninstall", got "${words.join(" ")}"\n\n${USAGE}`);
  }
  // As make has it; who sets it does not want the system's own folders written.
  const { prefix, destdir = Deno.env.get("DESTDIR") ?? "" } = options;
  for (const [name, folder] of Object.entries({ prefix, destdir })) {
    // A relative folder would end up in the configuration of a server that runs elsewhere.
    if (folder && !folder.startsWith("/")) {
      throw new UsageError(`--${name} must be an absolute path, not "${folder}"`);
    }
  }
  return {
    action,
    prefix,
    destdir: destdir.replace(/\/+$/, ""),
    with_deno: options["with-deno"],
    dry_run: options["dry-run"],
  };
}

async function act(args: Arguments): Promise<void> {
  const options: InstallOptions = {
    folders: await findJanusFolders(args.prefix),
    destdir: args.destdir,
    dry_run: args.dry_run,
    say: (line) => console.log(line),
  };
  console.log(`Janus's folders: as in ${options.folders.source}`);
  if (args.action === "uninstall") {
    await uninstall(options);
    return;
  }
  await install(options);
  const bin = `${args.prefix ?? "/usr/local"}/bin`;
  if (args.with_deno) await installDeno(bin, options);
  if (!options.folders.broadcast) {
    const file = `${options.folders.configs}/janus.jcfg`;
    console.log(`Janus sends events to no handler: set events: { broadcast = true } in ${file}.`);
  }
  console.log(await denoHint(args, bin));
}

/** The last line: what is left to do until Janus serves ZeroMQ. */
async function denoHint(args: Arguments, bin: string): Promise<string> {
  const found = await findServiceDeno(args.destdir) ?? await findServiceDeno();
  const copied = args.with_deno && `${args.destdir}${bin}/deno`;
  if (found?.binary === true) {
    return `Janus will run ${found.path}. Restart Janus to load the plugins.`;
  }
  if (copied !== false && copied !== `${args.destdir}/usr/local/bin/deno`) {
    return `Set runtime.deno = "${bin}/deno" in both configurations, then restart Janus.`;
  }
  if (copied !== false && args.dry_run) return `Janus would run ${copied}.`;
  const reason = found === undefined
    ? "there is no `deno` where system services look for programs"
    : `${found.path} is a script that needs Node, not Deno itself`;
  return `Deno is left to do: ${reason}.\n` +
    `  Run: install -m 755 ${shellWord(Deno.execPath())} /usr/local/bin/deno\n` +
    `  or set runtime.deno in both configurations to a Deno that Janus's user may run.\n` +
    `Then restart Janus to load the plugins.`;
}

async function run(line: CommandLine<typeof OPTIONS>): Promise<number> {
  const args = readArguments(line);
  try {
    await act(args);
    return 0;
  } catch (error) {
    if (error instanceof JanusNotFoundError) {
      console.error(`${error.message}. Install it, or say --prefix DIR`);
      return 1;
    }
    if (!(error instanceof InstallError)) throw error;
    console.error(error.message);
    if (error.cause instanceof Deno.errors.PermissionDenied && Deno.uid() !== 0) {
      const words = ["sudo", "scripts/deno", "task", ...Deno.args];
      console.error(`Run: ${words.map(shellWord).join(" ")}`);
    }
    return 1;
  }
}

if (import.meta.main) {
  Deno.exit(await runCommand({ usage: USAGE, options: OPTIONS, words: true, run }));
}
