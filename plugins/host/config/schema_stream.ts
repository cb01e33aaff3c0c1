/** The group that says where events are stored for good. */
import type { Group } from "./keys.ts";

export const stream = {
  type: "group",
  doc:
    "Stores every event in a stream of NATS JetStream, once and in order, for who must miss none." +
    " All files must be in the folder of the configuration, also when links are followed.",
  keys: {
    enabled: {
      type: "boolean",
      default: false,
      doc: "Whether to store events in a stream.",
    },
    servers: {
      type: "list",
      items: "servers",
      form: "server",
      nonempty: true,
      default: ["127.0.0.1:4222"],
      doc:
        "The NATS servers, of which one that answers is used; tls:// in front demands encryption.",
    },
    instance: {
      type: "string",
      default: "",
      form: "instance",
      doc: "This server's name in the stream, which no other one may have; if empty, Janus's" +
        " server_name, or else the machine's name.",
    },
    name: {
      type: "string",
      default: "JANUS",
      form: "instance",
      doc: "The stream's name.",
    },
    subject: {
      type: "string",
      default: "janus.events",
      form: "subject",
      doc: "What the subjects of all events begin with.",
    },
    create: {
      type: "boolean",
      default: true,
      doc: "Whether to make the stream if it is not there, with the limits below.",
    },
    replicas: {
      type: "integer",
      default: 1,
      min: 1,
      max: 5,
      doc: "On how many servers of a cluster each event is stored.",
    },
    max_age: {
      type: "integer",
      default: 604_800,
      min: 0,
      max: 315_360_000,
      unit: "s",
      doc: "How long an event is kept; 0 for ever.",
    },
    max_bytes: {
      type: "integer",
      default: 10_737_418_240,
      min: 0,
      max: 1_125_899_906_842_624,
      unit: "bytes",
      doc:
        "How much is kept; then the oldest events go. 0 for no limit; in a .jcfg, a number beyond" +
        " 2147483647 is in quotes.",
    },
    window: {
      type: "integer",
      default: 256,
      min: 1,
      max: 4096,
      doc: "How many events may be on their way at a time; 1 keeps the order exact in a cluster" +
        " whose leader changes.",
    },
    linger: {
      type: "integer",
      default: 5,
      min: 0,
      max: 1000,
      unit: "ms",
      doc: "How long an event may wait for others to be sent with.",
    },
    credentials: {
      type: "string",
      default: "",
      form: "file",
      secret: true,
      doc: "File with NATS credentials (JWT and NKey), as nsc writes it.",
    },
    user: {
      type: "string",
      default: "",
      doc: "The user's name, where the servers want a password.",
    },
    password_file: {
      type: "string",
      default: "",
      form: "file",
      secret: true,
      doc: "File with that user's password.",
    },
    token_file: {
      type: "string",
      default: "",
      form: "file",
      secret: true,
      doc: "File with the token, where the servers want one.",
    },
    ca: {
      type: "string",
      default: "",
      form: "file",
      doc: "File with the certificate of the authority that the servers' certificates are from.",
    },
    cert: {
      type: "string",
      default: "",
      form: "file",
      doc: "File with our certificate, where the servers want one.",
    },
    key: {
      type: "string",
      default: "",
      form: "file",
      secret: true,
      doc: "File with the certificate's key.",
    },
  },
} as const satisfies Group;
