/** Options and endpoints of an API's socket: the one place where they are applied. @module */
import { MonitorEvent, Option, ProtocolError } from "../../ffi/zmq/constants.ts";
import type { ThinContext, ThinSocket } from "../../ffi/zmq/thin.ts";
import type { Log } from "../janus/log.ts";
import { riskOf, type ServedApi } from "./apis.ts";
import { type Endpoint, parseAddress, type Sites } from "./config/endpoint.ts";
import type { ConfigOf, SecurityConfig, TransportConfig } from "./config/schema.ts";
import { Authenticator, giveUpFiles } from "./security/authenticator.ts";
import { type IpcFileOptions, IpcFiles } from "./security/ipc_files.ts";
import { rightsWarnings } from "./security/rights_names.ts";

/** How long a handshake may take (ms); passwords may have to wait a few seconds for others. */
const HANDSHAKE_MS = { null: 5000, plain: 10_000, curve: 5000 } as const;
/**
 * How many bytes a peer has had of us at most while its handshake is not over: the greeting (64), WELCOME
 * (PLAIN: 10, CURVE: 170) and ERROR (12), but not READY (28 at least; CURVE: 52), which is the end of it.
 */
const HANDSHAKE_BYTES = { null: 80, plain: 90, curve: 250 } as const;
/** A peer that is away is tried again after this (ms), twice as long each time, up to the second. */
const [RECONNECT_MS, RECONNECT_MAX_MS] = [100, 5000];

/** What {@linkcode openApis} needs of a plugin. */
export interface ApiSource {
  readonly checked: { readonly config: ConfigOf<"transport"> | ConfigOf<"eventhandler"> };
  readonly context: ThinContext;
  readonly log: Log;
  readonly folder: string;
  readonly root: string;
  /** The first one says what risks there are; those after it need not repeat it. */
  readonly link: { readonly generation: number };
}

/**
 * Sets up who may use the APIs that are enabled, and tells how to set up the socket of each.
 *
 * @param cutoff bytes of a frame for which libzmq ends a connection
 * @throws {ConfigError} naming the key and the file that cannot be used
 */
export function openApis(
  { checked: { config }, context, log, folder, root, link }: ApiSource,
  cutoff: number,
  apis: readonly ServedApi[],
): { readonly authenticator: Authenticator; readonly opened: ReadonlyMap<string, SocketSite> } {
  const enabled = apis.flatMap((api) => api.sites === null ? [] : [{ ...api, sites: api.sites }]);
  const authenticator = new Authenticator({ context, log, folder, root, apis: enabled });
  for (const path of giveUpFiles(folder, apis.map((api) => api.config))) {
    if (link.generation > 1) break;
    log.warning(`${path} stays readable for the plugin's process, as the folder around it is`);
  }
  const named = enabled.map((api) => ({ ...api, names: authenticator.namesOf(api.domain) }));
  if (link.generation === 1) { for (const line of rightsWarnings(named)) log.warning(line); }
  const { general: { ipc_owner: owner, ipc_mode: mode }, peers, zeromq } = config;
  const ipc = { owner, mode };
  const opened = new Map<string, SocketSite>();
  for (const { sites, domain, config: security, ...what } of enabled) {
    const risk = riskOf(sites, security, what);
    if (risk !== null && link.generation === 1) log.warning(risk);
    opened.set(
      domain,
      new SocketSite({ sites, authenticator, domain, cutoff, peers, zeromq, ipc }),
    );
  }
  return { authenticator, opened };
}

/** `on` for what listens, `to` for what connects. */
export function where(sites: Sites | null): string {
  return sites?.mode === "connect" ? "to" : "on";
}

/** The endpoints that are bound, if any are. */
export function boundEndpoints(sites: Sites | null): string[] {
  return sites?.mode === "bind" ? sites.endpoints.map(({ endpoint }) => endpoint) : [];
}

/** What a socket is set up with. */
export interface SiteParts {
  readonly sites: Sites;
  readonly authenticator: Authenticator;
  /** Of the authenticator's APIs, the one that the socket serves. */
  readonly domain: string;
  readonly peers: Pick<TransportConfig["peers"], "timeout">;
  /** Bytes of a frame, of strangers' as well, for which libzmq ends the connection. */
  readonly cutoff: number;
  readonly zeromq: TransportConfig["zeromq"];
  readonly ipc: IpcFileOptions;
}

/** Sets up the socket of one API. */
export class SocketSite {
  readonly #parts: SiteParts;

  constructor(parts: SiteParts) {
    this.#parts = parts;
  }

  /** Sets the options; all of them count only for what is bound or connected after. */
  configure(socket: ThinSocket): void {
    const { zeromq, authenticator, domain, sites, cutoff } = this.#parts;
    socket.setInt64(Option.MAXMSGSIZE, BigInt(cutoff));
    socket.setInt(Option.SNDHWM, zeromq.sndhwm);
    socket.setInt(Option.RCVHWM, zeromq.rcvhwm);
    socket.setInt(Option.BACKLOG, zeromq.backlog);
    this.#noticeSilence(socket);
    authenticator.protect(domain, socket);
    // A peer that is told to come again later does so when its handshake has taken this long.
    socket.setInt(Option.HANDSHAKE_IVL, HANDSHAKE_MS[this.#mechanism]);
    if (sites.mode === "bind") return;
    socket.setInt(Option.RECONNECT_IVL, RECONNECT_MS);
    socket.setInt(Option.RECONNECT_IVL_MAX, RECONNECT_MAX_MS);
    // A peer that is away has no queue: what it missed must not reach whoever comes after it.
    socket.setInt(Option.IMMEDIATE, 1);
  }

  /**
   * Binds the socket, or connects it.
   *
   * @returns the endpoints, with the ports that the system chose
   * @throws {ZmqError} with the endpoint: EADDRINUSE, EACCES, ENODEV, ...
   */
  open(socket: ThinSocket): string[] {
    const { sites, ipc } = this.#parts;
    const files = sites.mode === "bind" && (ipc.owner !== "" || ipc.mode !== "")
      ? new IpcFiles(socket.library, ipc)
      : null;
    try {
      return sites.endpoints.map((site) => {
        // Counts for each endpoint by itself. Names are looked up as IPv4 without it.
        socket.setInt(Option.IPV6, site.ipv6 ? 1 : 0);
        if (sites.mode === "connect") {
          socket.connect(site.endpoint);
          return site.endpoint;
        }
        const path = ipcPath(site);
        if (files !== null && path !== null) files.bind(path, () => socket.bind(site.endpoint));
        else socket.bind(site.endpoint);
        return socket.lastEndpoint();
      });
    } finally {
      files?.close();
    }
  }

  get #mechanism(): SecurityConfig["mechanism"] {
    return this.#parts.authenticator.mechanismOf(this.#parts.domain);
  }

  /** How many bytes a peer has had of the socket at most while its handshake is not over. */
  get handshakeBytes(): number {
    return HANDSHAKE_BYTES[this.#mechanism];
  }

  /** Has each client that is let in counted. */
  count(letIn: (name: string) => number): void {
    this.#parts.authenticator.count(this.#parts.domain, letIn);
  }

  /** Says why a handshake failed, where nobody was asked and the log would say nothing. */
  handshakeFailed(event: number, value: number): void {
    const { authenticator, domain } = this.#parts;
    const mechanism = this.#mechanism;
    if (event === MonitorEvent.HANDSHAKE_FAILED_PROTOCOL) {
      authenticator.handshakeFailed(domain, protocolFault(value, mechanism));
    } else if (event === MonitorEvent.HANDSHAKE_FAILED_NO_DETAIL && mechanism !== "null") {
      // Both ends see that they have different mechanisms; often the other one hangs up first.
      authenticator.brokeOff(domain);
    }
  }

  /**
   * Lets TCP notice that the other machine, or the way to it, is gone. Not libzmq's heartbeats: when
   * one is due on a connection that is read no more and whose other end has gone, libzmq aborts.
   */
  #noticeSilence(socket: ThinSocket): void {
    const { peers: { timeout }, zeromq } = this.#parts;
    const third = Math.max(1, Math.floor(timeout / 3));
    const by_timeout = timeout === 0
      ? {
        tcp_keepalive: -1,
        tcp_keepalive_idle: -1,
        tcp_keepalive_cnt: -1,
        tcp_keepalive_intvl: -1,
      }
      : {
        tcp_keepalive: 1,
        tcp_keepalive_idle: third,
        tcp_keepalive_cnt: 2,
        tcp_keepalive_intvl: third,
      };
    const set = (option: number, name: keyof typeof by_timeout) =>
      socket.setInt(option, zeromq[name] === -1 ? by_timeout[name] : zeromq[name]);
    set(Option.TCP_KEEPALIVE, "tcp_keepalive");
    set(Option.TCP_KEEPALIVE_IDLE, "tcp_keepalive_idle");
    set(Option.TCP_KEEPALIVE_CNT, "tcp_keepalive_cnt");
    set(Option.TCP_KEEPALIVE_INTVL, "tcp_keepalive_intvl");
    // The same for what was sent and is not acknowledged, which the probes wait behind.
    socket.setInt(Option.TCP_MAXRT, timeout * 1000);
  }
}

function protocolFault(value: number, mechanism: string): string {
  switch (value) {
    case ProtocolError.ZMTP_MECHANISM_MISMATCH:
      return `its mechanism is not ${mechanism.toUpperCase()}, which is asked for here`;
    case ProtocolError.ZMTP_CRYPTOGRAPHIC:
      return "it has another public key for this server than the right one";
    default:
      return `its handshake makes no sense (0x${value.toString(16)})`;
  }
}

/** The file of an endpoint, if it has one: abstract names have none. */
function ipcPath({ endpoint }: Endpoint): string | null {
  const parsed = parseAddress(endpoint);
  if (!("address" in parsed) || parsed.address.scheme !== "ipc") return null;
  return parsed.address.path.startsWith("@") ? null : parsed.address.path;
}
