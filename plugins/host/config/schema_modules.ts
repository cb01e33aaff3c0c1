/** The groups of operators' modules: filters and hooks. */
import type { Group } from "./keys.ts";

const permissions = {
  type: "group",
  doc: "What the modules may do besides computing: nothing, unless it is named here.",
  keys: {
    net: {
      type: "list",
      items: "hosts",
      form: "net",
      default: [],
      doc: "Hosts that they may connect to, with or without a port.",
    },
    read: {
      type: "list",
      items: "paths",
      form: "path",
      default: [],
      doc: "Files and folders that they may read.",
    },
    env: {
      type: "list",
      items: "names",
      form: "env",
      default: [],
      doc: "Environment variables of Janus's that they may see.",
    },
  },
} as const satisfies Group;

const module_keys = {
  modules: {
    type: "list",
    items: "files",
    form: "module",
    default: [],
    doc: "The modules, in the order in which they are asked; a path that is not absolute is below" +
      " the folder of the configuration.",
  },
  timeout: {
    type: "integer",
    default: 1000,
    min: 10,
    max: 60_000,
    unit: "ms",
    doc: "How long a module may take for one call before their process is ended and started anew.",
  },
  max_memory: {
    type: "integer",
    default: 256,
    min: 32,
    max: 16384,
    unit: "MiB",
    doc: "How much memory JavaScript may use in the modules' process, and buffers as much again," +
      " before it is ended and started anew.",
  },
} as const;

/** What the stub must know of modules, besides what they may do. */
export const MODULE_MEMORY = module_keys.max_memory;

/** `filters` of the event handler. */
export const filters = {
  type: "group",
  doc:
    "Event filters: modules in TypeScript that drop, change and add events. They run in a process of" +
    " their own, and a changed file counts within a second. To make one: janus-zeromq filter new.",
  keys: {
    ...module_keys,
    on_error: {
      type: "enum",
      values: ["pass", "drop"],
      default: "pass",
      doc: "What becomes of an event that a filter fails at.",
    },
    permissions,
  },
} as const satisfies Group;

/** `hooks` of the transport. */
export const hooks = {
  type: "group",
  doc: "Hooks: modules in TypeScript that refuse or change requests, and change replies.",
  keys: {
    ...module_keys,
    on_error: {
      type: "enum",
      values: ["refuse", "pass"],
      default: "refuse",
      doc: "What becomes of a request that a hook fails at. Replies pass.",
    },
    permissions,
  },
} as const satisfies Group;
