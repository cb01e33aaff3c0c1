/** What a client may do. @module */
import type { PluginQuery } from "../../janus/request.ts";

/** Which API a request is for. */
export type Api = "janus" | "admin";

/** What one client is limited to. */
export interface ClientRights {
  readonly apis: readonly Api[];
  readonly read_only: boolean;
  /** Janus's plugins by package; all of them if there are none. */
  readonly plugins: readonly string[];
}

/** A group as the configuration has it: for the client that it is called after, or for `names`. */
export type RightsGroup = ClientRights & { readonly names: readonly string[] };

/**
 * The rights of both APIs, by client. `*` stands for every client without any of its own; where an API
 * names clients and has no `*`, the others may do nothing there, or a mistyped name would open it.
 */
export type Rights = Readonly<Record<Api, ReadonlyMap<string, ClientRights>>>;

/** A request, as far as rights go. */
export interface Question {
  /** The client's name (`User-Id`); empty where it has none. */
  readonly client: string;
  readonly api: Api;
  /** The value of `janus` in the request. */
  readonly verb: string;
  /** The value of `plugin` in the request; null where it has none. */
  readonly plugin: string | null;
  /** What a transport or event handler is asked; null where none is. */
  readonly query: PluginQuery | null;
}

/**
 * What only looks, by API.
 *
 * Source: `janus_process_incoming_request` and `janus_process_incoming_admin_request` in Janus's
 * `janus.c`. The queries of plugins, transports and event handlers can change things; of ours,
 * {@linkcode LOOKING_QUERIES} cannot.
 */
export const READ_ONLY_VERBS: Readonly<Record<Api, ReadonlySet<string>>> = {
  janus: new Set(["info", "ping"]),
  admin: new Set([
    "info",
    "ping",
    "get_status",
    "list_sessions",
    "list_handles",
    "list_tokens",
    "handle_info",
    "loops_info",
  ]),
};

/** Who is known to change nothing when it is asked for `info`, by the verb that asks it. What others do is theirs. */
export const LOOKING_QUERIES: Readonly<Record<string, string>> = {
  query_transport: "janus.transport.zeromq",
  query_eventhandler: "janus.eventhandler.zeromqevh",
};

/** What takes the package of one of Janus's plugins, by API. */
export const PLUGIN_VERBS: Readonly<Record<Api, ReadonlySet<string>>> = {
  janus: new Set(["attach"]),
  admin: new Set(["message_plugin"]),
};

/** What stands for every client without rights of its own. */
export const ANYBODY = "*";
const NOTHING: ClientRights = { apis: [], read_only: true, plugins: [] };

/** The clients that a group is for. */
export function namesIn(group: string, { names }: Pick<RightsGroup, "names">): readonly string[] {
  return names.length === 0 ? [group] : names;
}

/** Rights by client, of groups. */
export function byClient(
  groups: ReadonlyMap<string, RightsGroup>,
): ReadonlyMap<string, ClientRights> {
  return new Map(
    [...groups].flatMap(([group, { names, ...rights }]) =>
      namesIn(group, { names }).map((name) => [name, rights] as const)
    ),
  );
}

/**
 * What a client is limited to on an API, null if to nothing. Where the API's own `rights` do not
 * name the client, those of the other API do: who is limited by name on one API is no stranger on
 * the other.
 */
export function rightsOf(rights: Rights, client: string, api: Api): ClientRights | null {
  const [own, other] = api === "janus"
    ? [rights.janus, rights.admin]
    : [rights.admin, rights.janus];
  const named = client === "" || client === ANYBODY
    ? undefined
    : own.get(client) ?? other.get(client);
  return named ?? own.get(ANYBODY) ?? (own.size > 0 ? NOTHING : null);
}

function onlyLooks({ api, verb, query }: Question): boolean {
  return api === "admin" && query !== null && query.request === "info" &&
    Object.hasOwn(LOOKING_QUERIES, verb) && query.package === LOOKING_QUERIES[verb];
}

/** Why a request is refused; null if it is not. */
export function refusalOf(rights: Rights, question: Question): string | null {
  const { api, verb, plugin } = question;
  const limits = rightsOf(rights, question.client, api);
  if (limits === null) return null;
  const { apis, read_only, plugins } = limits;
  if (!apis.includes(api)) {
    return `This client may not use the ${api === "janus" ? "Janus" : "Admin"} API`;
  }
  if (read_only && !READ_ONLY_VERBS[api].has(verb) && !onlyLooks(question)) {
    return `This client may only look: not ${JSON.stringify(verb)}`;
  }
  if (plugins.length === 0 || !PLUGIN_VERBS[api].has(verb)) return null;
  if (plugin !== null && plugins.includes(plugin)) return null;
  return `This client may not use ${plugin === null ? "every plugin" : JSON.stringify(plugin)}`;
}
