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
    curve: readCurve(values, cwd),
    plain: readPlain(values, cwd),
  };
}

function readCurve(values: Values, cwd: string): Curve | null {
  const [server, own] = [values["server-key"], values.key];
  if (server === undefined && own === undefined) return null;
  if (server === undefined || own === undefined) {
    throw new UsageError("CURVE needs both --server-key and --key");
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

function readPlain(values: Values, cwd: string): Plain | null {
  const { user, "password-file": file } = values;
  if (user === undefined && file === undefined) return null;
  if (user === undefined || file === undefined) {
    throw new UsageError("PLAIN needs both --user and --password-file");
  }
  const [password = ""] = readFile(resolve(cwd, file)).split(/\r?\n/);
  return { username: user, password };
}

function readFile(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
