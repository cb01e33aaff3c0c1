/** Decides who may connect to each API of a plugin. @module */
import type { FilePlace } from "../../companion/placed_file.ts";
import { Option } from "../../../ffi/zmq/constants.ts";
import type { Poller, ThinContext, ThinSocket } from "../../../ffi/zmq/thin.ts";
import type { Log } from "../../janus/log.ts";
import { ConfigError } from "../config/read.ts";
import type { SecurityConfig } from "../config/schema.ts";
import { Policy, type Verdict } from "./policy.ts";
import { RefusalLog } from "./refusals.ts";
import { publicPath } from "./server_key.ts";
import type { Asker } from "./turns.ts";
import { ZapServer } from "./zap.ts";

/** While passwords are hashed, their results must not wait for other work longer than this (ms). */
const PENDING_MS = 2;

/** How often (ms) it is said that somebody hung up. */
const BROKE_OFF_QUIET_MS = 3600_000;

/** An API as ZAP and the log know it. */
export interface GuardedApi {
  /** Name of the ZAP domain. */
  readonly domain: string;
  /** What log lines call it: "the Janus API". */
  readonly title: string;
  /** The section of the configuration, as in `security`. */
  readonly section: string;
  readonly config: SecurityConfig;
}

/** What an authenticator is made from. */
export interface AuthenticatorParts {
  readonly context: ThinContext;
  readonly log: Log;
  /** Folder of the configuration, where the files are. */
  readonly folder: string;
  /** The same without links. */
  readonly root: string;
  readonly apis: readonly GuardedApi[];
}

/** The policies of all APIs, and the one ZAP server that serves them. */
export class Authenticator {
  readonly #policies = new Map<string, { readonly policy: Policy; readonly title: string }>();
  readonly #counts = new Map<string, (name: string) => number>();
  readonly #zap: ZapServer | null;
  readonly #refusals: RefusalLog;

  /**
   * Reads the files and listens for questions, before any endpoint is bound.
   *
   * @throws {ConfigError} naming the key and the file that cannot be used
   */
  constructor({ context, log, folder, root, apis }: AuthenticatorParts) {
    this.#refusals = new RefusalLog(log);
    const problems: string[] = [];
    for (const { domain, title, section, config } of apis) {
      try {
        const policy = new Policy(config, log, (path) => resolvePath(folder, root, path));
        this.#policies.set(domain, { policy, title });
      } catch (error) {
        problems.push(`${section}: ${error instanceof Error ? error.message : error}`);
      }
    }
    if (problems.length > 0) throw new ConfigError(problems, []);
    const needed = [...this.#policies.values()].some(({ policy }) => policy.needed);
    this.#zap = needed ? new ZapServer(context, (domain, peer) => this.#judge(domain, peer)) : null;
  }

  /** The mechanism that an API asks for. */
  mechanismOf(domain: string): SecurityConfig["mechanism"] {
    return this.#policies.get(domain)?.policy.mechanism ?? "null";
  }

  /** Makes an API's socket ask here, before it is bound. @throws {ZmqError} */
  protect(domain: string, socket: ThinSocket): void {
    const policy = this.#policies.get(domain)?.policy;
    if (policy === undefined) throw new Error(`Cannot protect ${domain}: there is no such API`);
    if (!policy.needed) return;
    socket.setBytes(Option.ZAP_DOMAIN, domain);
    // Without this a domain that nobody answers for would let everybody in.
    socket.setInt(Option.ZAP_ENFORCE_DOMAIN, 1);
    if (policy.mechanism === "plain") socket.setInt(Option.PLAIN_SERVER, 1);
    if (policy.secretKey === null) return;
    socket.setInt(Option.CURVE_SERVER, 1);
    socket.setBytes(Option.CURVE_SECRETKEY, policy.secretKey);
  }

  /** The clients that may connect to an API, by name. */
  namesOf(domain: string): ReadonlySet<string> {
    return new Set(this.#policies.get(domain)?.policy.names());
  }

  /** Those who were let in before this process began. */
  expect(domain: string, askers: Iterable<Asker>): void {
    const policy = this.#policies.get(domain)?.policy;
    for (const asker of askers) policy?.expect(asker);
  }

  /** Has the clients of an API counted that are let in. */
  count(domain: string, letIn: (name: string) => number): void {
    this.#counts.set(domain, letIn);
  }

  /** Says that peers broke off before anybody could be asked about them. */
  handshakeFailed(domain: string, reason: string): void {
    this.#refusals.refuse("", this.#policies.get(domain)?.title ?? domain, reason);
  }

  /** Says that peers hung up during the handshake, which probes of a port do as well: rarely. */
  brokeOff(domain: string): void {
    const reason = "it hung up before it said who it is, as those do that use another mechanism" +
      ` than ${this.mechanismOf(domain).toUpperCase()}`;
    const title = this.#policies.get(domain)?.title ?? domain;
    this.#refusals.refuse("", title, reason, Date.now(), BROKE_OFF_QUIET_MS);
  }

  /** Adds what has to be waited for to the loop's poller. */
  watch(poller: Poller): void {
    this.#zap?.watch(poller);
  }

  /** Answers questions; true if there may be more. */
  receive(): boolean {
    return this.#zap?.receive() ?? false;
  }

  /** Milliseconds that the loop may wait, -1 for any time. It must give promises a turn then. */
  get timeout(): number {
    return this.#zap !== null && this.#zap.pending > 0 ? PENDING_MS : -1;
  }

  /** Ends it: nobody can connect any more. */
  close(): void {
    this.#zap?.close();
  }

  #judge(
    domain: string,
    peer: Parameters<Policy["judge"]>[0],
  ): Verdict | Promise<Verdict> {
    const api = this.#policies.get(domain);
    if (api === undefined) return { allowed: false, reason: "no such domain" };
    const note = (verdict: Verdict): Verdict => {
      if (!verdict.allowed) {
        this.#refusals.refuse(peer.address, api.title, verdict.reason);
        return verdict;
      }
      const number = this.#counts.get(domain)?.(verdict.name);
      return number === undefined ? verdict : { ...verdict, number };
    };
    const verdict = api.policy.judge(peer);
    return verdict instanceof Promise ? verdict.then(note) : note(verdict);
  }
}

/**
 * Where a path of the configuration leads.
 *
 * @param readable whether the plugin may read a path, which its own process has been told
 * @throws {Error} for one that may not be read
 */
export function resolvePath(
  folder: string,
  root: string,
  path: string,
  readable: (path: string) => boolean = mayRead,
): FilePlace {
  const whole = wholePath(folder, path);
  if (readable(whole)) return { path: whole, root };
  throw new Error(
    whole.includes(",")
      ? `Cannot read ${whole}: there is a comma in its path, which Deno cannot be told of`
      : `Cannot read ${whole}: it is outside of ${folder}, where the plugin's files must be. Put it` +
        " there",
  );
}

/** Whether a path may be read, or everything. */
function mayRead(path?: string): boolean {
  const right = { name: "read", ...path === undefined ? {} : { path } } as const;
  return Deno.permissions.querySync(right).state === "granted";
}

function wholePath(folder: string, path: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}

/**
 * Gives up the right to read what is never read again: the secret key, and what another mechanism
 * would need. Once this returns, all the process can read is what it must look at while it runs.
 *
 * @returns what it could not give up, since it is in a folder that is still needed
 */
export function giveUpFiles(folder: string, configs: readonly SecurityConfig[]): string[] {
  // Everything may be read: this is no plugin.
  if (mayRead()) return [];
  const needed = configs.flatMap(({ mechanism, clients, users }) =>
    mechanism === "curve" ? [clients] : mechanism === "plain" ? [users] : []
  ).map((path) => wholePath(folder, path));
  const named = configs.flatMap(({ secret_key, clients, users }) => [secret_key, clients, users])
    .flatMap((path) => [path, publicPath(path) ?? ""])
    .filter((path) => path !== "").map((path) => wholePath(folder, path));
  const kept: string[] = [];
  for (const path of new Set(named)) {
    if (needed.includes(path)) continue;
    // Deno would take the right to a folder around it away with it.
    const around = path.replace(/\/+[^/]*$/, "") || "/";
    if (mayRead(around)) kept.push(path);
    else Deno.permissions.revokeSync({ name: "read", path });
  }
  return kept;
}
