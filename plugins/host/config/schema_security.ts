/** The groups that say who may connect, and what clients may do. */
import type { Group, GroupMap } from "./keys.ts";

/** `clients` names who connects: clients, subscribers. */
function security(doc: string) {
  return {
    type: "group",
    doc,
    keys: {
      mechanism: {
        type: "enum",
        values: ["null", "plain", "curve"],
        default: "null",
        doc: "How clients prove who they are: not at all, by password (sent in the clear), or by" +
          " key, with everything encrypted.",
      },
      secret_key: {
        type: "string",
        default: "",
        form: "file",
        secret: true,
        doc: "File with the server's secret key, for curve; only its owner may read it.",
      },
      clients: {
        type: "string",
        default: "",
        form: "file",
        doc: "File with the clients' public keys, or folder with a file for each, for curve.",
      },
      users: {
        type: "string",
        default: "",
        form: "file",
        doc: "File with the users' names and hashed passwords, for plain.",
      },
      allow: {
        type: "list",
        items: "networks",
        form: "network",
        default: [],
        doc: "IP addresses and networks that may connect over TCP; all if there are none.",
      },
    },
  } as const satisfies Group;
}

const rights = {
  type: "map",
  doc: "What clients may do, each by its name in clients or users; * stands for all that have no" +
    " group of their own. If any is named and there is no *, those others may do nothing.",
  names: /^(?:\*|[A-Za-z0-9][A-Za-z0-9_.@-]{0,63})$/,
  names_doc: "up to 64 letters, digits and _ . @ -, the first a letter or digit; or * alone",
  of: {
    type: "group",
    doc: "The rights of one client.",
    keys: {
      names: {
        type: "list",
        items: "names",
        form: "name",
        default: [],
        doc: "Clients that it is for, if not the one that the group is called after: several, or" +
          " names with . or @ in them or a digit in front, which cannot name a group in a .jcfg.",
      },
      apis: {
        type: "list",
        items: "APIs",
        values: ["janus", "admin"],
        default: ["janus", "admin"],
        doc: "The APIs that it may use.",
      },
      read_only: {
        type: "boolean",
        default: false,
        doc: "Whether it may only look: ping, info and what lists or describes.",
      },
      plugins: {
        type: "list",
        items: "plugins",
        default: [],
        doc: "Janus's plugins that it may use, by package (janus.plugin.echotest); all if empty.",
      },
    },
  },
} as const satisfies GroupMap;

const FILES_DOC = "Paths of files are relative to the folder of the configuration, and must be in" +
  " it.";

const janus_security = security(
  `Who may use the Janus API. ${FILES_DOC} Keys and users: janus-zeromq keygen.`,
);

/** `security` of the transport. */
export const transport_security = {
  ...janus_security,
  keys: {
    ...janus_security.keys,
    bind_sessions: {
      type: "boolean",
      default: false,
      doc: "Whether a session may be used by nobody but the client that made or claimed it.",
    },
    rights,
  },
} as const satisfies Group;

const admin_base = security("Who may use the Admin API: the same keys as in security.");

/** `admin_security` of the transport. */
export const admin_security = {
  ...admin_base,
  keys: { ...admin_base.keys, rights },
} as const satisfies Group;

/** `security` of the event handler. */
export const subscriber_security = security(`Who may see events. ${FILES_DOC}`);
