/**
 * Installs the built plugins for the system's Janus, or removes them:
 * `scripts/deno task install [--prefix DIR] [--destdir DIR] [--with-deno] [--dry-run]`.
 */
import { parseArgs } from "node:util";
import {
  install,
  installDeno,
  InstallError,
  type InstallOptions,
  uninstall,
} from "./lib/installer.ts";
import { findJanusFolders, JanusNotFoundError } from "./lib/janus_folders.ts";
import { findServiceDeno } from "./lib/system.ts";
import { shellWord } from "./lib/terminal.ts";

const USAGE = `Usage: scripts/deno task install|uninstall [options]
  --prefix DIR   the Janus installed below DIR (/usr, /opt/janus); else the one that is found
  --destdir DIR  put DIR before every path written, for building packages; default is DESTDIR
  --with-deno    copy this Deno to PREFIX/bin/deno (/usr/local/bin without --prefix), install only
  --dry-run      only say what would be done`;

interface Arguments {
  readonly action: "install" | "uninstall";
  readonly prefix: string | undefined;
  readonly destdir: string;
  readonly with_deno: boolean;
  readonly dry_run: boolean;
}

/** Understands the command line. @throws {TypeError} saying what is wrong with it */
export function readArguments(args: readonly string[]): Arguments | "help" {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      prefix: { type: "string" },
      destdir: { type: "string" },
      "with-deno": { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const [action, ...rest] = positionals;
  if ((action !== "install" && action !== "uninstall") || rest.length > 0) {
    throw new TypeError(`Expected "install" or "uninstall", got "${positionals.join(" ")}"`);
  }
  // As make has it; who sets it does not want the system's own folders written.
  const destdir = values.destdir ?? Deno.env.get("DESTDIR") ?? "";
  for (const [name, folder] of Object.entries({ prefix: values.prefix, destdir })) {
    // A relative folder would end up in the configuration of a server that runs elsewhere.
    if (folder && !folder.startsWith("/")) {
      throw new TypeError(`--${name} must be an absolute path, not "${folder}"`);
    }
  }
  return {
    action,
    prefix: values.prefix,
    destdir: destdir.replace(/\/+$/, ""),
    with_deno: values["with-deno"],
    dry_run: values["dry-run"],
  };
}

async function run(args: Arguments): Promise<void> {
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

async function main(): Promise<number> {
  let args: Arguments | "help";
  try {
    args = readArguments(Deno.args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`install: ${error.message}\n${USAGE}`);
    return 2;
  }
  if (args === "help") {
    console.log(USAGE);
    return 0;
  }
  try {
    await run(args);
    return 0;
  } catch (error) {
    if (error instanceof InstallError) {
      console.error(`install: ${error.message}`);
      if (error.cause instanceof Deno.errors.PermissionDenied && Deno.uid() !== 0) {
        const words = ["sudo", "scripts/deno", "task", ...Deno.args];
        console.error(`Run: ${words.map(shellWord).join(" ")}`);
      }
      return 1;
    }
    if (error instanceof JanusNotFoundError) {
      console.error(`install: ${error.message}. Install it, or say --prefix DIR`);
      return 1;
    }
    throw error;
  }
}

if (import.meta.main) Deno.exit(await main());
