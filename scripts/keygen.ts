/** Makes what `security` in the configurations asks for: the server's keys, clients' keys, users. */
import { resolve } from "node:path";
import { openLibrary, ZmqLibraryError } from "../ffi/zmq/library.ts";
import { isName, NAME_FORM } from "../plugins/host/security/names.ts";
import { makeUserLine } from "../plugins/host/security/passwords.ts";
import { KEY_CHARACTERS } from "../plugins/host/security/z85.ts";
import { callerFolder, type CommandLine, runCommand, UsageError } from "./lib/command_line.ts";
import { how } from "./lib/how.ts";
import { findOwner, lookAt, type NewFile, type Owner, replaceFiles } from "./lib/owned_files.ts";

const USAGE = `Usage: ${how("keygen")} COMMAND [options]

  server          Makes the server's key pair (CURVE): server.key and server.pub.
  client NAME     Makes a client's key pair (CURVE): NAME.key, and NAME.pub in clients/.
  user NAME       Adds a user (PLAIN) to the file users, or changes its password, which is read
                  from the terminal, or from standard input (one line). Never from the command line.

  --folder FOLDER Where the files go; default is the current folder. The plugins read files from
                  Janus's configuration folder only (/etc/janus on Debian).
  --owner USER    Who the server's files are for, where Janus does not run as root: its user, or
                  user:group. "systemctl show -p User janus" says it, and nothing for root.
  --force         Makes a key pair anew where there is one; whoever has the old one is locked out.
  -h, --help      Shows this.
`;

const OPTIONS = { folder: "text", owner: "text", force: "flag" } as const;

/** A public key and its secret key, as Z85 text. */
export interface KeyPair {
  readonly public_key: string;
  readonly secret_key: string;
}

/** A key pair from libzmq. @throws {Error} where it was built without CURVE */
export function makeKeyPair(): KeyPair {
  const { symbols } = openLibrary();
  for (;;) {
    const [first, second] = [key(), key()];
    if (symbols.zmq_curve_keypair(first, second) !== 0) {
      throw new Error("Cannot make keys: this libzmq was built without CURVE");
    }
    const [public_key, secret_key] = [text(first), text(second)];
    // Either is fine for the plugins, but not for readers of other files with comments.
    if (!public_key.startsWith("#") && !secret_key.startsWith("#")) {
      return { public_key, secret_key };
    }
  }
}

function key(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(KEY_CHARACTERS + 1));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, KEY_CHARACTERS));
}

interface Options {
  readonly folder: string;
  /** Who the server's files are for; null where it was not said. */
  readonly owner: Owner | null;
  readonly force: boolean;
}

/** Writes a pair of files. @throws {UsageError} where one is there and must stay */
function writePair(files: readonly [NewFile, NewFile], force: boolean): void {
  const there = force ? undefined : files.find(({ path }) => lookAt(path) !== null);
  if (there !== undefined) {
    throw new UsageError(`${there.path} is there already: --force makes it anew`);
  }
  replaceFiles(files);
}

function server({ folder, owner, force }: Options): string {
  const { public_key, secret_key } = makeKeyPair();
  const [secret_path, public_path] = [`${folder}/server.key`, `${folder}/server.pub`];
  const secret =
    `# Secret key of the server (CURVE). Keep it: nobody else may read it.\n${secret_key}\n`;
  const open = `# Public key of the server (CURVE): clients need it.\n${public_key}\n`;
  writePair([
    { path: secret_path, content: secret, mode: 0o600, owner },
    { path: public_path, content: open, mode: 0o644, owner },
  ], force);
  return `Written: ${secret_path} (secret) and ${public_path}

In the configuration (janus.transport.zeromq.jcfg, janus.eventhandler.zeromqevh.jcfg), in the group
security that is there:

  security: { mechanism = "curve", secret_key = "server.key", clients = "clients" }

${secret_path} must lie in the configuration's folder and belong to the user that Janus runs as.
Clients need the server's public key:

  ${public_key}`;
}

function client(name: string, { folder, owner, force }: Options): string {
  const { public_key, secret_key } = makeKeyPair();
  const [secret_path, public_path] = [`${folder}/${name}.key`, `${folder}/clients/${name}.pub`];
  const secret =
    `# Key pair of the client ${name} (CURVE): public, then secret. Keep it.\n${public_key}\n${secret_key}\n`;
  const open = `# Public key of the client ${name} (CURVE).\n${public_key}\n`;
  const made = makeFolder(`${folder}/clients`);
  try {
    writePair([
      // The client's own: whoever runs this hands it on.
      { path: secret_path, content: secret, mode: 0o600, owner: null },
      { path: public_path, content: open, mode: 0o644, owner },
    ], force);
  } catch (error) {
    if (made) Deno.removeSync(`${folder}/clients`);
    throw error;
  }
  return `Written: ${secret_path} (secret) and ${public_path}

${public_path} is for the server: in the folder that security.clients names. A file of many
clients has a line for each instead:

  ${public_key} ${name}

${secret_path} is for the client: move it there. It sets ZMQ_CURVE_PUBLICKEY and
ZMQ_CURVE_SECRETKEY to its two keys, and ZMQ_CURVE_SERVERKEY to the server's public key. A running
plugin needs no restart.`;
}

/** Makes a folder that everybody may look into. @returns false if it is there already */
function makeFolder(path: string): boolean {
  if (lookAt(path) !== null) return false;
  Deno.mkdirSync(path);
  Deno.chmodSync(path, 0o755);
  return true;
}

async function user(name: string, { folder, owner }: Options): Promise<string> {
  const password = await readPassword(name);
  if (password.length === 0) throw new UsageError("The password is empty");
  if (password.length > 255) throw new UsageError("The password is longer than ZeroMQ's 255 bytes");
  const path = `${folder}/users`;
  const line = await makeUserLine(name, password);
  const before = lookAt(path) === null ? null : Deno.readTextFileSync(path);
  const kept = (before ?? `# Users and hashed passwords (PLAIN): ${how("keygen")} user\n`)
    .split("\n").filter((each) => each !== "" && !each.startsWith(`${name}:`));
  const content = [...kept, line, ""].join("\n");
  replaceFiles([{ path, content, mode: 0o600, owner: owner ?? ownerOf(path) }]);
  return `Written: ${name} in ${path}

In the configuration, in the group security that is there:

  security: { mechanism = "plain", users = "users" }

${path} must lie in the configuration's folder, and the user that Janus runs as must be able to
read it. A running plugin needs no restart. PLAIN sends passwords in the clear: beyond one machine,
use CURVE.`;
}

/** Whose a file is, if it is another user's; null where it need not be given to anybody. */
function ownerOf(path: string): Owner | null {
  const info = lookAt(path);
  return info === null || info.uid === Deno.uid() && info.gid === Deno.gid()
    ? null
    : { user: info.uid, group: info.gid };
}

/** One line, without an echo if it comes from a terminal. */
async function readPassword(name: string): Promise<Uint8Array> {
  const terminal = Deno.stdin.isTerminal();
  if (terminal) {
    Deno.stderr.writeSync(new TextEncoder().encode(`Password for ${name}: `));
    Deno.stdin.setRaw(true);
  }
  const bytes: number[] = [];
  try {
    const byte = new Uint8Array(1);
    while (await Deno.stdin.read(byte) === 1) {
      const [value = 0] = byte;
      if (value === 10 || value === 13) break;
      if (terminal && (value === 3 || value === 4)) throw new UsageError("Cancelled");
      if (terminal && (value === 8 || value === 127)) bytes.pop();
      else bytes.push(value);
    }
  } finally {
    if (terminal) {
      Deno.stdin.setRaw(false);
      Deno.stderr.writeSync(new TextEncoder().encode("\n"));
    }
  }
  return Uint8Array.from(bytes);
}

/** What is wrong with the words of a command line; null if nothing is. */
function wordFault([command, name, ...more]: readonly string[]): string | null {
  if (command === undefined) return USAGE;
  if (command === "server") {
    return name === undefined ? null : `server takes no name: there is one key pair of the server`;
  }
  if (command !== "client" && command !== "user") {
    return `There is no command ${
      JSON.stringify(command)
    }: server, client NAME or user NAME\n\n${USAGE}`;
  }
  if (name === undefined) return `${command} needs a name, as in: keygen ${command} ann`;
  if (more.length > 0) {
    const password = command === "user" ? "; the password is asked for" : "";
    return `${command} takes one name, and nothing after it${password}`;
  }
  return isName(name) ? null : `${JSON.stringify(name)} is no name: ${NAME_FORM}`;
}

async function run({ options, words }: CommandLine<typeof OPTIONS>): Promise<number> {
  const fault = wordFault(words);
  if (fault !== null) throw new UsageError(fault);
  const [command, name = ""] = words;
  const folder = resolve(callerFolder(), options.folder ?? ".");
  if (lookAt(folder)?.isDirectory !== true) {
    throw new UsageError(`There is no folder ${folder}: nothing was written`);
  }
  const owner = options.owner === undefined ? null : findOwner(options.owner);
  const chosen = { folder, owner, force: options.force };
  if (command === "server") console.log(server(chosen));
  else console.log(command === "client" ? client(name, chosen) : await user(name, chosen));
  return 0;
}

/** The command. */
export const COMMAND = {
  ...{ usage: USAGE, options: OPTIONS, words: true, run },
  known: [ZmqLibraryError, Deno.errors.NotFound, Deno.errors.PermissionDenied],
} as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
