import {
  type Api,
  byClient,
  type ClientRights,
  refusalOf,
  type Rights,
  rightsOf,
} from "../../../../plugins/host/security/rights.ts";
import { readRequestHead } from "../../../../plugins/janus/request.ts";
import { rightsWarnings } from "../../../../plugins/host/security/rights_names.ts";
import type { AdminVerb } from "../../../../plugins/janus/admin_api.ts";
import { assertEquals, assertMatch } from "../../../assert.ts";

const ALL: ClientRights = { apis: ["janus", "admin"], read_only: false, plugins: [] };

function rights(janus: Record<string, Partial<ClientRights>>, admin = {}): Rights {
  const table = (groups: Record<string, Partial<ClientRights>>) =>
    new Map(Object.entries(groups).map(([name, limits]) => [name, { ...ALL, ...limits }]));
  return { janus: table(janus), admin: table(admin) };
}

const RIGHTS = rights({
  app: { apis: ["janus"], plugins: ["janus.plugin.echotest", "janus.plugin.videoroom"] },
  monitor: { read_only: true },
  nobody: { apis: [] },
}, { "*": { read_only: true }, root: {} });

const CASES: readonly [
  client: string,
  api: Api,
  verb: string,
  plugin: string | null,
  refusal: RegExp | null,
][] = [
  // A name that is mistyped in the rights must not open an API to its client.
  ["stranger", "janus", "create", null, /not use the Janus API/],
  ["", "janus", "ping", null, /not use the Janus API/],
  ["app", "janus", "create", null, null],
  ["app", "janus", "attach", "janus.plugin.echotest", null],
  ["app", "janus", "attach", "janus.plugin.sip", /not use "janus\.plugin\.sip"/],
  ["app", "janus", "attach", null, /not use every plugin/],
  ["app", "janus", "message", "janus.plugin.sip", null], // Janus takes no plugin there
  ["app", "admin", "info", null, /not use the Admin API/],
  ["monitor", "janus", "info", null, null],
  ["monitor", "janus", "ping", null, null],
  ["monitor", "janus", "create", null, /only look: not "create"/],
  ["monitor", "janus", "list_sessions", null, /only look/], // a verb of the other API
  ["monitor", "admin", "list_sessions", null, null],
  ["monitor", "admin", "handle_info", null, null],
  ["monitor", "admin", "set_log_level", null, /only look/],
  ["monitor", "admin", "query_transport", null, /only look/],
  ["monitor", "admin", "constructor", null, /only look/],
  ["nobody", "janus", "ping", null, /not use the Janus API/],
  ["root", "admin", "set_log_level", null, null],
  ["stranger", "admin", "set_log_level", null, /only look/],
  ["", "admin", "list_handles", null, null],
  ["*", "admin", "list_handles", null, null],
  ["*", "admin", "destroy_session", null, /only look/],
];
for (const [client, api, verb, plugin, refusal] of CASES) {
  const what = `${JSON.stringify(client)} ${verb} ${plugin ?? "-"} on ${api}`;
  Deno.test(`refusalOf() ${refusal === null ? "allows" : "refuses"} ${what}`, () => {
    const got = refusalOf(RIGHTS, { client, api, verb, plugin, query: null });
    if (refusal === null) assertEquals(got, null);
    else assertMatch(got ?? "(allowed)", refusal);
  });
}

/** Every verb of the Admin API in Janus 1.1 to 1.4, and whether it does no more than look. */
const ADMIN_VERBS: Readonly<Record<AdminVerb, boolean>> = {
  ...{ ping: true, info: true, get_status: true, loops_info: true, list_sessions: true },
  ...{ list_handles: true, handle_info: true, list_tokens: true },
  ...{ destroy_session: false, hangup_webrtc: false, detach_handle: false },
  ...{ start_pcap: false, stop_pcap: false, start_text2pcap: false, stop_text2pcap: false },
  ...{ message_plugin: false, query_transport: false, query_eventhandler: false },
  ...{ query_logger: false, custom_event: false, custom_logline: false },
  // They send packets to whom they are told to.
  ...{ resolve_address: false, test_stun: false },
  ...{ set_session_timeout: false, accept_new_sessions: false, set_log_level: false },
  ...{ set_log_timestamps: false, set_log_colors: false, set_locking_debug: false },
  ...{ set_refcount_debug: false, set_libnice_debug: false, set_min_nack_queue: false },
  ...{ set_nack_optimizations: false, set_no_media_timer: false, set_slowlink_threshold: false },
  ...{ add_token: false, allow_token: false, disallow_token: false, remove_token: false },
};

Deno.test("a client that may only look is refused all else, and verbs that are not known yet", () => {
  const verbs = { ...ADMIN_VERBS, list_everything: false, get_secrets: false };
  for (const [verb, looks] of Object.entries(verbs)) {
    const refusal = refusalOf(RIGHTS, {
      client: "monitor",
      api: "admin",
      verb,
      plugin: null,
      query: null,
    });
    assertEquals(refusal === null, looks, verb);
  }
});

Deno.test("refusalOf() holds message_plugin to the plugins as well", () => {
  const some = rights({}, { ops: { plugins: ["janus.plugin.videoroom"] } });
  const ask = (plugin: string | null) =>
    refusalOf(some, {
      ...{ client: "ops", api: "admin", verb: "message_plugin", plugin, query: null } as const,
    });
  assertEquals(ask("janus.plugin.videoroom"), null);
  assertMatch(ask("janus.plugin.sip") ?? "", /not use "janus\.plugin\.sip"/);
});

const [TRANSPORT, HANDLER] = ["janus.transport.zeromq", "janus.eventhandler.zeromqevh"] as const;
const INFO = '{"request":"info"}';
const QUERIES: readonly [verb: string, members: string, allowed: boolean][] = [
  ["query_transport", `"transport":"${TRANSPORT}","request":${INFO}`, true],
  ["Query_Transport", `"transport":"${TRANSPORT}","request":${INFO}`, true],
  ["query_eventhandler", `"handler":"${HANDLER}","request":${INFO}`, true],
  [
    "query_eventhandler",
    `"handler":"${HANDLER}","request":{"x":1,"r\\u0065quest":"inf\\u006f"}`,
    true,
  ],
  // Of two, Janus takes the last one.
  [
    "query_transport",
    `"transport":"${TRANSPORT}","request":${INFO},"request":{"request":"kick"}`,
    false,
  ],
  [
    "query_transport",
    `"transport":"${TRANSPORT}","request":{"request":"info","request":"kick"}`,
    false,
  ],
  [
    "query_transport",
    `"transport":"${TRANSPORT}","transport":"janus.transport.http","request":${INFO}`,
    false,
  ],
  ["query_transport", `"transport":"${TRANSPORT}","request":{"request":"configure"}`, false],
  ["query_transport", `"transport":"${TRANSPORT}","request":{"Request":"info"}`, false],
  ["query_transport", `"transport":"${TRANSPORT}","request":{"request":["info"]}`, false],
  ["query_transport", `"transport":"${TRANSPORT}","request":{"in":{"request":"info"}}`, false],
  ["query_transport", `"transport":"${TRANSPORT}","request":"info"`, false],
  ["query_transport", `"transport":"${TRANSPORT}"`, false],
  ["query_transport", `"handler":"${HANDLER}","request":${INFO}`, false],
  ["query_transport", `"transport":"janus.transport.http","request":${INFO}`, false],
  ["query_eventhandler", `"handler":"${HANDLER}","request":{"request":"tweak"}`, false],
  ["query_eventhandler", `"handler":"janus.eventhandler.sampleevh","request":${INFO}`, false],
  ["query_logger", `"logger":"${TRANSPORT}","transport":"${TRANSPORT}","request":${INFO}`, false],
  ["message_plugin", `"plugin":"janus.plugin.videoroom","request":${INFO}`, false],
];
for (const [janus, members, allowed] of QUERIES) {
  Deno.test(`read_only ${allowed ? "may" : "may not"} ask ${janus} ${members}`, () => {
    const text = new TextEncoder().encode(`{"janus":"${janus}","transaction":"t",${members}}`);
    const { janus: verb, plugin, query } = readRequestHead(text)!;
    const ask = (client: string, api: Api) =>
      refusalOf(RIGHTS, {
        ...{ client, api, verb: verb!, plugin: plugin ?? null, query: query ?? null },
      });
    if (allowed) assertEquals(ask("monitor", "admin"), null);
    else assertMatch(ask("monitor", "admin") ?? "(allowed)", /only look/);
    assertMatch(ask("monitor", "janus") ?? "(allowed)", /only look/);
  });
}

Deno.test("rightsOf() is null where nothing is limited, so that requests need not be read", () => {
  assertEquals(rightsOf(rights({}), "ann", "janus"), null);
  assertEquals(rightsOf(RIGHTS, "ann", "janus")?.apis, []);
  assertEquals(rightsOf(rights({ ann: {} }), "bob", "admin"), null);
  assertEquals(rightsOf(RIGHTS, "monitor", "janus")?.read_only, true);
  assertEquals(rightsOf(RIGHTS, "ann", "admin")?.read_only, true);
});

Deno.test("byClient() gives a group's rights to those that it names, else to whom it is called after", () => {
  const groups = new Map([
    ["staff", { ...ALL, names: ["ann@example.org", "b.ob"], read_only: true }],
    ["eve", { ...ALL, names: [] }],
  ]);
  const found = byClient(groups);
  assertEquals([...found.keys()], ["ann@example.org", "b.ob", "eve"]);
  assertEquals(found.get("b.ob"), { ...ALL, read_only: true });
});

Deno.test("rightsWarnings() names who has no rights, and rights that nobody has", () => {
  const api = (section: string, title: string, names: string[], groups: string[]) => ({
    ...{ section, title, names: new Set(names) },
    config: {
      ...{ mechanism: "curve", secret_key: "", clients: "", users: "", allow: [] } as const,
      rights: new Map(groups.map((name) => [name, { ...ALL, names: [] }])),
    },
  });
  const janus = (groups: string[]) => api("security", "the Janus API", ["ann", "monitor"], groups);
  const admin = (groups: string[]) => api("admin_security", "the Admin API", ["monitor"], groups);
  assertEquals(rightsWarnings([janus(["ann", "monitr"]), admin([])]), [
    "security.rights: no client is called monitr: its rights are nobody's; did you mean monitor?",
    "security.rights: no group for monitor, who may do nothing on the Janus API; add a group, or * for" +
    " all others",
    "admin_security.rights: no group for monitor, who may do everything on the Admin API; limit it," +
    " or all others by *",
  ]);
  assertEquals(rightsWarnings([janus(["ann", "monitor"]), admin([])]), []);
  assertEquals(rightsWarnings([janus([]), admin([])]), []);
  assertEquals(rightsWarnings([janus(["ann", "*"]), admin(["monitor"])]), []);
});
