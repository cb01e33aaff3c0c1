/** What there is without a file, and with one in either format. */
import { readConfig } from "../../../../plugins/host/config/read.ts";
import type {
  ConfigOf,
  EventHandlerConfig,
  TransportConfig,
} from "../../../../plugins/host/config/schema.ts";
import { assertEquals } from "../../../assert.ts";
import { bound, failure, jcfg, jsonc } from "./support.ts";

const SECURITY_DEFAULTS = {
  mechanism: "null",
  secret_key: "",
  clients: "",
  users: "",
  allow: [],
} as const;

const NO_PERMISSIONS = { net: [], read: [], env: [] };
const TRANSPORT_DEFAULTS: TransportConfig = {
  general: {
    enabled: true,
    address: "tcp://127.0.0.1",
    port: 5545,
    mode: "bind",
    endpoints: [],
    ipc_owner: "",
    ipc_mode: "",
    json: "compact",
    events: true,
  },
  admin: {
    admin_enabled: false,
    admin_address: "tcp://127.0.0.1",
    admin_port: 7445,
    admin_mode: "bind",
    admin_endpoints: [],
  },
  security: { ...SECURITY_DEFAULTS, bind_sessions: false, rights: new Map() },
  admin_security: { ...SECURITY_DEFAULTS, rights: new Map() },
  hooks: {
    modules: [],
    timeout: 1000,
    max_memory: 256,
    on_error: "refuse",
    permissions: NO_PERMISSIONS,
  },
  peers: { timeout: 15, linger: 0, outbox: 1000 },
  limits: {
    max_message_size: 1048576,
    max_peers: 10_000,
    max_peers_each: 1000,
    max_in_flight: 10_000,
    max_rate: 0,
    max_burst: 20_000,
  },
  runtime: {
    deno: "",
    startup_timeout: 10,
    watchdog: 10,
    ring_size: 64,
    max_heap: 256,
    max_memory: 256,
    jitless: false,
  },
  zeromq: {
    io_threads: 1,
    max_sockets: 1024,
    linger: 0,
    sndhwm: 1000,
    rcvhwm: 1000,
    backlog: 100,
    tcp_keepalive: -1,
    tcp_keepalive_idle: -1,
    tcp_keepalive_cnt: -1,
    tcp_keepalive_intvl: -1,
  },
};

const EVENT_HANDLER_DEFAULTS: EventHandlerConfig = {
  general: {
    enabled: true,
    address: "tcp://127.0.0.1",
    port: 5546,
    mode: "bind",
    endpoints: [],
    ipc_owner: "",
    ipc_mode: "",
    events: 511,
    json: "compact",
    topics: false,
    sequence: false,
    grouping: 0,
    grouping_linger: 100,
  },
  queue: { policy: "wait", max_wait: 5000 },
  filters: {
    modules: [],
    timeout: 1000,
    max_memory: 256,
    on_error: "pass",
    permissions: NO_PERMISSIONS,
  },
  stream: {
    enabled: false,
    servers: ["127.0.0.1:4222"],
    instance: "",
    name: "JANUS",
    subject: "janus.events",
    create: true,
    replicas: 1,
    max_age: 604_800,
    max_bytes: 10_737_418_240,
    window: 256,
    linger: 5,
    credentials: "",
    user: "",
    password_file: "",
    token_file: "",
    ca: "",
    cert: "",
    key: "",
  },
  security: SECURITY_DEFAULTS,
  peers: { timeout: 15 },
  runtime: TRANSPORT_DEFAULTS.runtime,
  zeromq: TRANSPORT_DEFAULTS.zeromq,
};

Deno.test("readConfig() gives the transport's defaults without a file", () => {
  assertEquals(readConfig("transport", { format: "none" }), {
    config: TRANSPORT_DEFAULTS,
    sites: { general: bound("tcp://127.0.0.1:5545"), admin: null },
    warnings: [],
  });
});

Deno.test("readConfig() gives the event handler's defaults without a file", () => {
  assertEquals(readConfig("eventhandler", { format: "none" }), {
    config: EVENT_HANDLER_DEFAULTS,
    sites: { general: bound("tcp://127.0.0.1:5546") },
    warnings: [],
  });
});

Deno.test("readConfig() gives the defaults for empty files of both formats", () => {
  assertEquals(jsonc("{}").config, TRANSPORT_DEFAULTS);
  assertEquals(jcfg("transport", {}).config, TRANSPORT_DEFAULTS);
  assertEquals(jcfg("transport", { general: {}, runtime: {} }).config, TRANSPORT_DEFAULTS);
});

Deno.test("readConfig() reads a .jcfg tree of strings into typed values", () => {
  const { config, sites, warnings } = jcfg("transport", {
    general: { enabled: "false", json: "Plain", events: "no" },
    admin: { admin_enabled: "yes", admin_address: "tcp://[::1]", admin_port: "7000" },
    runtime: { deno: "/opt/deno", ring_size: "32", jitless: "1" },
  });
  const expected: ConfigOf<"transport"> = {
    ...TRANSPORT_DEFAULTS,
    general: { ...TRANSPORT_DEFAULTS.general, enabled: false, json: "plain", events: false },
    admin: {
      ...TRANSPORT_DEFAULTS.admin,
      admin_enabled: true,
      admin_address: "tcp://[::1]",
      admin_port: 7000,
    },
    runtime: { ...TRANSPORT_DEFAULTS.runtime, deno: "/opt/deno", ring_size: 32, jitless: true },
  };
  assertEquals(config, expected);
  assertEquals(sites.general, null);
  assertEquals(sites.admin, bound("tcp://[::1]:7000", true));
  assertEquals(warnings, []);
});

Deno.test("readConfig() reads .jsonc with comments, trailing commas and a byte order mark", () => {
  const text = `\uFEFF// about\n{ /* here */ "general": { "port": 6000, "enabled": 1, }, }\n`;
  assertEquals(jsonc(text).config.general, { ...TRANSPORT_DEFAULTS.general, port: 6000 });
});

Deno.test({
  name: "readConfig() needs no permission for either format",
  permissions: "none",
  fn() {
    assertEquals(failure(() => jsonc('{"general":{"prot":1}}')).problems.length, 1);
    assertEquals(jcfg("transport", { general: { address: "tcp://[::1]" } }).warnings, []);
  },
});
