/** Who may do what: rights of named clients, and sessions bound to who made them. @module */
import { ErrorCode } from "../janus/errors.ts";
import type { PluginQuery, RequestHead } from "../janus/request.ts";
import type { Peer } from "./peer.ts";
import type { SessionTable } from "./sessions.ts";

/** Why a request is not passed on: the error that answers it. */
export interface RequestFault {
  readonly code: number;
  readonly reason: string;
}

/** What a client asks for, as its rights see it. */
export interface Command {
  /** Empty for a client without. */
  readonly name: string;
  readonly admin: boolean;
  readonly verb: string;
  readonly plugin: string | undefined;
  readonly query: PluginQuery | undefined;
}

/** The rules of one API. */
export interface AccessRules {
  /** Why not, or null if it may; undefined if no client's rights are limited. */
  readonly rights?: ((command: Command) => string | null) | undefined;
  /** A session is used by the client that made or claimed it, and by nobody else. */
  readonly bindSessions: boolean;
}

/** Decides on requests. Where there are no rules, nothing needs to be parsed. */
export class Access {
  readonly #rules: AccessRules;
  readonly #sessions: SessionTable;

  constructor(rules: AccessRules, sessions: SessionTable) {
    this.#rules = rules;
    this.#sessions = sessions;
  }

  /** True if requests must be looked into. */
  get concerned(): boolean {
    return this.#rules.bindSessions || this.#rules.rights !== undefined;
  }

  /** Why a request is refused; null if it is not. */
  check(peer: Peer, head: RequestHead): RequestFault | null {
    const { rights, bindSessions } = this.#rules;
    const verb = head.janus ?? "";
    if (rights !== undefined) {
      const { name, admin } = peer;
      const { plugin, query } = head;
      const fault = rights({ name: name ?? "", admin, verb, plugin, query });
      if (fault !== null) return { code: ErrorCode.unauthorized, reason: fault };
    }
    if (!bindSessions || head.session_id === undefined) return null;
    if (verb === "claim") {
      // Without names it proves itself to Janus alone, with a secret or a token.
      if (peer.name === null || this.#sessions.nameOf(head.session_id) === peer.name) return null;
    } else {
      const owner = this.#sessions.get(head.session_id)?.owner;
      if (owner !== undefined && sameIdentity(owner, peer)) return null;
    }
    // As if it did not exist: whoever guesses ids learns nothing.
    return { code: ErrorCode.session_not_found, reason: `No such session ${head.session_id}` };
  }
}

/** The same client: by its proven name, or else by its connection. */
function sameIdentity(owner: Peer, peer: Peer): boolean {
  return owner === peer || (owner.name !== null && owner.name === peer.name);
}
