/** Makes what `security` in the configurations asks for: the server's keys, clients' keys, users. */
import { resolve } from "node:path";
import { openLibrary, ZmqLibraryError } from "../ffi/zmq/library.ts";
import { isName, NAME_FORM } from "../plugins/host/security/names.ts";
import { makeUserLine } from "../plugins/host/security/passwords.ts";
import { KEY_CHARACTERS } from "../plugins/host/security/z85.ts";
import { callerFolder, type CommandLine, runCommand, UsageError } from "./lib/command_line.ts";

const USAGE = `Usage: scripts/deno task keygen COMMAND [options]

  server          Makes the server's key pair (CURVE): server.key and server.pub.
  client NAME     Makes a client's key pair (CURVE): NAME.key, and NAME.pub in clients/.
  user NAME       Adds a user (PLAIN) to the file users, or changes its password, which is read
                  from the terminal, or from standard input (one line). Never from the command line.

  --folder FOLDER Where the files go; default is the current folder. The plugins read files from
                  Janus's configuration folder only (/etc/janus on Debian).
  --owner USER    Who the server's files are for: the user that Janus runs as, or user:group.
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
  readonly owner: string;
  readonly force: boolean;
}

/** Makes a file with a mode from the start on. @throws {UsageError} if it is there already */
function writeNew(path: string, content: string, mode: number, force: boolean): void {
  try {
    if (force) removeIfThere(path);
    Deno.writeTextFileSync(path, content, { createNew: true, mode });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new UsageError(`${path} is there already: --force makes it anew`);
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function giveTo(owner: string, paths: readonly string[]): void {
  if (owner === "") return;
  const { success, stderr } = new Deno.Command("chown", { args: ["--", owner, ...paths] })
    .outputSync();
  if (!success) throw new UsageError(new TextDecoder().decode(stderr).trim());
}

function server({ folder, owner, force }: Options): string {
  const { public_key, secret_key } = makeKeyPair();
  const [secret_path, public_path] = [`${folder}/server.key`, `${folder}/server.pub`];
  const secret =
    `# Secret key of the server (CURVE). Keep it: nobody else may read it.\n${secret_key}\n`;
  const open = `# Public key of the server (CURVE): clients need it.\n${public_key}\n`;
  writeNew(secret_path, secret, 0o600, force);
  writeNew(public_path, open, 0o644, true);
  giveTo(owner, [secret_path, public_path]);
  return `Written: ${secret_path} (secret) and ${public_path}

In the configuration (janus.transport.zeromq.jcfg, janus.eventhandler.zeromqevh.jcfg):

  security: { mechanism = "curve", secret_key = "server.key", clients = "clients" }

${secret_path} must lie in the configuration's folder and belong to the user that Janus runs as.
Clients need the server's public key:

  ${public_key}`;
}

function client(name: string, { folder, owner, force }: Options): string {
  const { public_key, secret_key } = makeKeyPair();
  const [secret_path, public_path] = [`${folder}/${name}.key`, `${folder}/clients/${name}.pub`];
  Deno.mkdirSync(`${folder}/clients`, { recursive: true, mode: 0o755 });
  if (!force) refuseIfThere(public_path);
  writeNew(
    secret_path,
    `# Key pair of the client ${name} (CURVE): public, then secret. Keep it.\n${public_key}\n${secret_key}\n`,
    0o600,
    force,
  );
  writeNew(
    public_path,
    `# Public key of the client ${name} (CURVE).\n${public_key}\n`,
    0o644,
    true,
  );
  giveTo(owner, [public_path]);
  return `Written: ${secret_path} (secret) and ${public_path}

${public_path} is for the server: in the folder that security.clients names. A file of many
clients has a line for each instead:

  ${public_key} ${name}

${secret_path} is for the client: move it there. It sets ZMQ_CURVE_PUBLICKEY and
ZMQ_CURVE_SECRETKEY to its two keys, and ZMQ_CURVE_SERVERKEY to the server's public key. A running
plugin needs no restart.`;
}

function refuseIfThere(path: string): void {
  try {
    Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw new UsageError(`${path} is there already: --force makes it anew`);
}

async function user(name: string, { folder, owner }: Options): Promise<string> {
  const password = await readPassword(name);
  if (password.length === 0) throw new UsageError("The password is empty");
  if (password.length > 255) throw new UsageError("The password is longer than ZeroMQ's 255 bytes");
  const path = `${folder}/users`;
  const line = await makeUserLine(name, password);
  const before = readIfThere(path);
  const kept = (before ?? "# Users and hashed passwords (PLAIN): scripts/deno task keygen user\n")
    .split("\n").filter((each) => each !== "" && !each.startsWith(`${name}:`));
  // A new file in the place of the old one: a plugin never reads half of it.
  const draft = `${path}.new`;
  writeNew(draft, [...kept, line, ""].join("\n"), 0o600, true);
  if (owner !== "") giveTo(owner, [draft]);
  else if (before !== null) keepOwner(path, draft);
  Deno.renameSync(draft, path);
  return `Written: ${name} in ${path}

In the configuration: security: { mechanism = "plain", users = "users" }

${path} must lie in the configuration's folder, and the user that Janus runs as must be able to
read it. A running plugin needs no restart. PLAIN sends passwords in the clear: beyond one machine,
use CURVE.`;
}

function keepOwner(path: string, draft: string): void {
  const { uid, gid } = Deno.statSync(path);
  const mine = Deno.statSync(draft);
  if (uid !== null && gid !== null && (uid !== mine.uid || gid !== mine.gid)) {
    Deno.chownSync(draft, uid, gid);
  }
}

function readIfThere(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
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

async function run({ options, words }: CommandLine<typeof OPTIONS>): Promise<number> {
  const [command, name = ""] = words;
  const { folder = ".", owner = "", force } = options;
  const chosen = { folder: resolve(callerFolder(), folder), owner, force };
  const alone = command === "server" && words.length === 1;
  const named = (command === "client" || command === "user") && words.length === 2;
  if (!alone && !named) throw new UsageError(USAGE);
  if (named && !isName(name)) {
    throw new UsageError(`${JSON.stringify(name)} is no name: ${NAME_FORM}`);
  }
  if (alone) console.log(server(chosen));
  else console.log(command === "client" ? client(name, chosen) : await user(name, chosen));
  return 0;
}

if (import.meta.main) {
  const known = [ZmqLibraryError, Deno.errors.NotFound, Deno.errors.PermissionDenied];
  Deno.exit(await runCommand({ usage: USAGE, options: OPTIONS, words: true, known, run }));
}
