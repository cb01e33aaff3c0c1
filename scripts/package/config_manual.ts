/** The manual page of a plugin's configuration, from its schema. */
import { ANY_NAME, type Group, type GroupMap, type Key } from "../../plugins/host/config/keys.ts";
import { allowedCell } from "../../plugins/host/config/render.ts";
import { FILE_NAMES, type PluginKind, SCHEMAS } from "../../plugins/host/config/schema.ts";
import { bold, example, prose, renderPage, roff, tagged } from "./roff.ts";
import type { Release } from "./version.ts";

const TITLES: Record<PluginKind, string> = {
  transport: "Janus over ZeroMQ: configuration of the transport",
  eventhandler: "Janus over ZeroMQ: configuration of the event handler",
};

/** The page's name, without its section. */
export function configManualName(kind: PluginKind): string {
  return `${FILE_NAMES[kind]}.jcfg`;
}

/** The page. */
export function renderConfigManual(kind: PluginKind, release: Release): string {
  const schema: Group = SCHEMAS[kind];
  const others = Object.keys(SCHEMAS).filter((one) => one !== kind) as PluginKind[];
  const name = FILE_NAMES[kind];
  return renderPage({
    name: configManualName(kind),
    section: 5,
    about: TITLES[kind],
    ...release,
    sections: [
      [
        "SYNOPSIS",
        `${bold(`/etc/janus/${name}.jcfg`)}\n.br\n${bold(`/etc/janus/${name}.jsonc`)}\n`,
      ],
      [
        "DESCRIPTION",
        `${prose(schema.doc)}\n.PP\n` +
        "The file lies in Janus's folder of configurations and is read by Janus's own parser:\n" +
        "sections with keys. The same keys can be written in JSON with comments, in a file that\n" +
        "ends in .jsonc; where both are there, that one counts. What is left out has its default.\n" +
        "Unknown keys and values that are not allowed are refused when Janus starts, with the\n" +
        "reason in its log. A change counts after Janus's next start.\n",
      ],
      ["KEYS", Object.entries(schema.keys).map(([key, one]) => entry(key, one, "")).join("")],
      ["EXAMPLES", example(SAMPLES[kind])],
      [
        "SEE ALSO",
        `${
          [
            ...others.map((one) => `${bold(configManualName(one))}(5)`),
            `${bold("janus-zeromq")}(1)`,
          ]
            .join(",\n")
        }\n`,
      ],
    ],
  });
}

const SAMPLES: Record<PluginKind, string> = {
  transport: `general: {\n    address = "tcp://*"\n    port = 5545\n}\nsecurity: {\n` +
    `    mechanism = "curve"\n    secret_key = "server.key"\n    clients = "clients"\n}`,
  eventhandler: `general: {\n    address = "tcp://127.0.0.1"\n    port = 5546\n}\nfilters: {\n` +
    `    modules = ["filters/mine.ts"]\n}`,
};

function entry(name: string, one: Key | Group | GroupMap, prefix: string): string {
  const path = `${prefix}${name}`;
  switch (one.type) {
    case "group":
      return `${prefix === "" ? ".SS" : ".PP\n.B"} ${roff(path)}\n${prose(one.doc)}\n${
        keysOf(one, path)
      }`;
    case "map":
      return `.PP\n.B ${roff(path)}\n${prose(one.doc)} ${prose(`A name is ${one.names_doc}.`)}\n` +
        keysOf(one.of, `${path}.${ANY_NAME}`);
    default:
      return tagged(
        `${bold(path)} = ${roff(JSON.stringify(one.default))}`,
        `${prose(one.doc)} Allowed: ${roff(allowedCell(one).replaceAll("`", '"'))}.`,
      );
  }
}

function keysOf(group: Group, path: string): string {
  return Object.entries(group.keys).map(([key, one]) => entry(key, one, `${path}.`)).join("");
}
