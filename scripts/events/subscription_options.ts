/** The options with which commands reach a live event handler. */
import { resolve } from "node:path";
import { decodeKey } from "../../plugins/host/security/z85.ts";
import { type OptionValues, UsageError } from "../lib/command_line.ts";
import type { Curve, Plain, SubscriptionOptions } from "./subscription.ts";

/** Where the event handler listens unless it is told otherwise. */
export const DEFAULT_ENDPOINT = "tcp://127.0.0.1:5546";

/** The options beside `--endpoint`. */
export const SUBSCRIPTION_OPTIONS = {
  bind: "flag",
  topic: "text",
  "server-key": "text",
  key: "text",
  user: "text",
  "password-file": "text",
} as const;

/** What they mean. */
export const SUBSCRIPTION_USAGE =
  `  --topic PREFIX        Only topics that begin so; needs general.topics = true.
  --bind                Listens at the endpoint instead, where the plugin dials out.
  --server-key FILE     CURVE: the server's public key (server.pub, as keygen writes it)
  --key FILE            and a client's two keys (NAME.key).
  --user NAME           PLAIN: a user's name
  --password-file FILE  and a file with the password in its first line.`;

type Values = OptionValues<typeof SUBSCRIPTION_OPTIONS>;

/** Reads the options, and the files that they name. @throws {UsageError} */
export function readSubscription(
  endpoint: string,
  values: Values,
  cwd: string,
): SubscriptionOptions {
  if (!/^(tcp|ipc):\/\/./.test(endpoint)) {
    throw new UsageError(`${endpoint} is no endpoint: tcp://HOST:PORT or ipc://PATH`);
  }
  return {
    endpoint,
    bind: values.bind,
    topic: values.topic ?? "",
    curve: readCurve(values["server-key"], values.key, cwd),
    plain: readPlain(values.user, values["password-file"], cwd),
  };
}

/** Reads CURVE's keys from files. @param prefix of the options' names @throws {UsageError} */
export function readCurve(
  server: string | undefined,
  own: string | undefined,
  cwd: string,
  prefix = "",
): Curve | null {
  if (server === undefined && own === undefined) return null;
  if (server === undefined || own === undefined) {
    throw new UsageError(`CURVE needs both --${prefix}server-key and --${prefix}key`);
  }
  const [serverKey] = readKeys(resolve(cwd, server), 1);
  const [publicKey, secretKey] = readKeys(resolve(cwd, own), 2);
  return { serverKey: serverKey!, publicKey: publicKey!, secretKey: secretKey! };
}

/** Keys, one a line; lines that begin with # and a blank are comments. */
function readKeys(path: string, count: number): string[] {
  const lines = readFile(path).split("\n").map((line) => line.trim());
  const keys = lines.filter((line) => line !== "" && !/^#(\s|$)/.test(line));
  if (keys.length === count && keys.every((key) => decodeKey(key) !== null)) return keys;
  const wanted = count === 1 ? "one key" : "two keys, public and secret,";
  throw new UsageError(`${path} must have ${wanted} of 40 characters, as keygen writes them`);
}

/** Reads PLAIN's password from a file. @param prefix of the options' names @throws {UsageError} */
export function readPlain(
  user: string | undefined,
  file: string | undefined,
  cwd: string,
  prefix = "",
): Plain | null {
  if (user === undefined && file === undefined) return null;
  if (user === undefined || file === undefined) {
    throw new UsageError(`PLAIN needs both --${prefix}user and --${prefix}password-file`);
  }
  return { username: user, password: readFirstLine(resolve(cwd, file)) };
}

/** The first line of a file, which is a secret. @throws {UsageError} if there is none */
export function readFirstLine(path: string): string {
  const line = readFile(path).split(/\r?\n/)[0] ?? "";
  if (line === "") throw new UsageError(`The first line of ${path} is empty`);
  return line;
}

function readFile(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${whyUnread(error)}`);
  }
}

function whyUnread(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.PermissionDenied) return "this user may not read it";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return error instanceof Error ? error.message : String(error);
}
