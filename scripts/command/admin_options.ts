/** The options with which commands reach the Admin API. Secrets come from files or the environment. */
import { resolve } from "node:path";
import { connectAdmin, type JanusAdmin } from "../../plugins/client/admin.ts";
import {
  JanusClosedError,
  JanusConnectionError,
  JanusError,
  JanusTimeoutError,
} from "../../plugins/client/errors.ts";
import { ZmqError } from "../../ffi/zmq/mod.ts";
import { readCurve, readFirstLine, readPlain } from "../events/subscription_options.ts";
import { callerFolder, type OptionValues, readNumber, UsageError } from "../lib/command_line.ts";

/** Where the Admin API listens unless it is told otherwise. */
export const DEFAULT_ADMIN = "tcp://127.0.0.1:7445";

/** The environment variable with Janus's `admin_secret`. */
export const ADMIN_SECRET = "JANUS_ADMIN_SECRET";

/** The options. */
export const ADMIN_OPTIONS = {
  endpoint: "text",
  "admin-secret-file": "text",
  "server-key": "text",
  key: "text",
  user: "text",
  "password-file": "text",
  timeout: "text",
} as const;

/** What they mean. */
export const ADMIN_USAGE =
  `  --endpoint ENDPOINT       The transport's admin socket; default is ${DEFAULT_ADMIN}.
  --admin-secret-file FILE  A file with Janus's admin_secret in its first line; else the
                            environment variable ${ADMIN_SECRET} has it, if Janus asks for one.
  --server-key FILE         CURVE: the server's public key (server.pub, as keygen writes it)
  --key FILE                and a client's two keys (NAME.key).
  --user NAME               PLAIN: a user's name
  --password-file FILE      and a file with the password in its first line.
  --timeout SECONDS         How long to wait for an answer; default is 5.`;

/** Bytes: no reply of Janus's is larger, and who sends more is cut off. */
const MAX_REPLY = 32 * 1024 * 1024;

/** Errors that say all. */
export const ADMIN_ERRORS = [
  JanusClosedError,
  JanusConnectionError,
  JanusError,
  JanusTimeoutError,
  RangeError,
  ZmqError,
] as const;

/** Connects. @throws {UsageError} for options that can't be, and one of {@linkcode ADMIN_ERRORS} */
export async function openAdmin(values: OptionValues<typeof ADMIN_OPTIONS>): Promise<JanusAdmin> {
  const cwd = callerFolder();
  const endpoint = values.endpoint ?? DEFAULT_ADMIN;
  if (!/^(tcp|ipc):\/\/./.test(endpoint)) {
    throw new UsageError(`${endpoint} is no endpoint: tcp://HOST:PORT or ipc://PATH`);
  }
  const file = values["admin-secret-file"];
  const secret = file === undefined
    ? Deno.env.get(ADMIN_SECRET)
    : readFirstLine(resolve(cwd, file));
  const curve = readCurve(values["server-key"], values.key, cwd);
  const plain = readPlain(values.user, values["password-file"], cwd);
  const seconds = readNumber(
    "--timeout",
    values.timeout ?? "5",
    "a number of seconds above 0",
    (one) => one > 0 && one < 1e6,
  );
  return await connectAdmin(endpoint, {
    timeout: Math.ceil(seconds * 1000),
    socket: { maxMessageSize: MAX_REPLY },
    ...secret === undefined || secret === "" ? {} : { adminSecret: secret },
    ...curve === null ? {} : { curve },
    ...plain === null ? {} : { plain },
  });
}

/** What to look at where an error has come. */
export function adminHint(error: unknown, endpoint = DEFAULT_ADMIN): string {
  if (error instanceof JanusError && error.code === 403) {
    return `\nIs --admin-secret-file (or ${ADMIN_SECRET}) the admin_secret of janus.jcfg?`;
  }
  if (error instanceof JanusTimeoutError || error instanceof JanusConnectionError) {
    return `\nIs admin.admin_enabled true in janus.transport.zeromq.jcfg, is ${endpoint} its address,` +
      " and are keys or user those of its admin_security?";
  }
  return "";
}

/** What V8 says where the stack ends. */
const STACK_IS_FULL = "Maximum call stack size exceeded";

/** Runs something with the Admin API; an error gains what to look at. */
export async function withAdmin(
  values: OptionValues<typeof ADMIN_OPTIONS>,
  use: (admin: JanusAdmin) => Promise<number>,
): Promise<number> {
  try {
    await using admin = await openAdmin(values);
    return await use(admin);
  } catch (error) {
    if (error instanceof RangeError && error.message === STACK_IS_FULL) {
      error.message = "The answer is nested too deeply to be shown";
    }
    if (error instanceof Error) error.message += adminHint(error, values.endpoint);
    throw error;
  }
}
