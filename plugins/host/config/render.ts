/**
 * What is written from the schema: the samples and tables in `conf/`, and the defaults and ranges
 * that the stub needs before any TypeScript runs. The plugins do not load this.
 */
import { ADDRESS_FORMS } from "./endpoint.ts";
import { allKeys, ANY_NAME, type Group, type GroupMap, type Key } from "./keys.ts";
import { FILE_NAMES, type PluginKind, SCHEMAS } from "./schema.ts";
import { MODULE_MEMORY } from "./schema_modules.ts";
import { allowed } from "./values.ts";

const WIDTH = 98;

/** The sample in Janus's own format. */
export function renderJcfgSample(kind: PluginKind): string {
  return renderSample(kind, {
    comment: "#",
    open: "",
    close: "",
    indent: "",
    step: "\t",
    group: (name) => `${name}: {`,
    end: "}",
    // libconfig's numbers have 32 bits.
    key: (name, value) => `${name} = ${Number(value) >= 2 ** 31 ? `"${value}"` : value}`,
  });
}

/** The sample in JSON with comments. */
export function renderJsoncSample(kind: PluginKind): string {
  return renderSample(kind, {
    comment: "//",
    open: "{\n",
    close: "}\n",
    indent: "  ",
    step: "  ",
    group: (name) => `"${name}": {`,
    end: "},",
    key: (name, value) => `"${name}": ${value},`,
  });
}

interface Syntax {
  readonly comment: string;
  readonly open: string;
  readonly close: string;
  readonly indent: string;
  readonly step: string;
  group(name: string): string;
  readonly end: string;
  key(name: string, value: string): string;
}

function renderSample(kind: PluginKind, syntax: Syntax): string {
  const schema: Group = SCHEMAS[kind];
  const name = FILE_NAMES[kind];
  const file = syntax.open === "" ? `${name}.jcfg` : `${name}.jsonc`;
  const about = `${schema.doc} Every value here is the default: what is left out, or commented` +
    ` out, stays as it is. It belongs into Janus's configuration folder as ${file}. Where both` +
    ` ${name}.jcfg and ${name}.jsonc are there, the latter counts.`;
  const groups = Object.entries(schema.keys).flatMap(([section, group]) =>
    group.type === "group" ? [renderGroup(section, group, syntax, syntax.indent)] : []
  );
  return wrap(about, `${syntax.comment} `) + "\n" + syntax.open + groups.join("\n") + syntax.close;
}

function renderGroup(name: string, group: Group, syntax: Syntax, indent: string): string {
  const inner = indent + syntax.step;
  const off = group.rarely_changed === true ? syntax.comment : "";
  const parts = Object.entries(group.keys).map(([key_name, key]) =>
    key.type === "group"
      ? renderGroup(key_name, key, syntax, inner)
      : key.type === "map"
      ? renderMap(key_name, key, syntax, inner)
      : wrap(withRange(key), `${inner}${syntax.comment} `) +
        `${inner}${off}${syntax.key(key_name, JSON.stringify(key.default))}\n`
  );
  const about = wrap(group.doc, `${indent}${syntax.comment} `);
  return `${about}${indent}${syntax.group(name)}\n${parts.join("\n")}${indent}${syntax.end}\n`;
}

/** A map is empty by default: what it may hold is told in comments. */
function renderMap(name: string, map: GroupMap, syntax: Syntax, indent: string): string {
  const comment = `${indent}${syntax.step}${syntax.comment} `;
  const keys = Object.entries(map.of.keys).flatMap(([key_name, key]) =>
    key.type === "group" || key.type === "map" ? [] : [
      wrap(withRange(key), `${comment}  ${syntax.comment} `) +
      `${comment}  ${syntax.key(key_name, JSON.stringify(key.default))}\n`,
    ]
  );
  const any = syntax.group(ANY_NAME);
  return wrap(map.doc, `${indent}${syntax.comment} `) + `${indent}${syntax.group(name)}\n` +
    `${comment}${any}\n${keys.join("")}${comment}${syntax.end}\n` +
    `${indent}${syntax.end}\n`;
}

const NO_BREAK_SPACE = "\u00a0";

const UNIT_WORDS = { bytes: "bytes", MiB: "MiB", s: "seconds", ms: "milliseconds" } as const;

/** The explanation, with what is allowed where the value does not tell. */
function withRange(key: Key): string {
  const sentence = key.doc.replace(/\.$/, "");
  switch (key.type) {
    case "integer": {
      const unit = key.unit === undefined ? "" : ` ${UNIT_WORDS[key.unit]}`;
      // wrap() must not tear it apart.
      const range = `(${key.min} to ${key.max}${unit})`.replaceAll(" ", NO_BREAK_SPACE);
      return `${sentence} ${range}.`;
    }
    case "enum":
    case "events":
      return `${sentence} (${allowed(key)}).`;
    case "list":
      return key.values === undefined ? key.doc : `${sentence} (${allowed(key)}).`;
    case "string":
      return key.form === undefined ? key.doc : `${sentence} (${allowed(key)}).`;
    case "boolean":
    case "endpoint":
      return key.doc;
  }
}

/** Lines of whole words that each begin with `prefix`; a tab counts as four columns. */
function wrap(text: string, prefix: string): string {
  const room = WIDTH - prefix.replaceAll("\t", "    ").length;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line].map((each) => `${prefix}${each}\n`).join("").replaceAll(
    NO_BREAK_SPACE,
    " ",
  );
}

/** The table of a plugin's keys, in Markdown. */
export function renderTable(kind: PluginKind): string {
  const rows = allKeys(SCHEMAS[kind]).map(({ path, key, live }) => {
    const meaning = key.doc + liveWords(live);
    const cells = [`\`${path}\``, `\`${JSON.stringify(key.default)}\``, allowedCell(key), meaning];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  });
  return "| Key | Default | Allowed | Meaning |\n| --- | --- | --- | --- |\n" + rows.join("");
}

function liveWords(live: Key["live"]): string {
  if (live === undefined) return "";
  return ` *Can be changed at run time${live === true ? "" : `, unless ${live.unless} is true`}.*`;
}

/** What a key may be, in words; the forms of addresses in backticks. */
export function allowedCell(key: Key): string {
  switch (key.type) {
    case "boolean":
      return "true or false";
    case "integer":
      return `${key.min} to ${key.max}${key.unit === undefined ? "" : ` ${key.unit}`}`;
    case "endpoint":
      // Underscores and asterisks mean something in Markdown.
      return ADDRESS_FORMS.replaceAll('"', "`");
    case "string":
    case "enum":
    case "list":
    case "events":
      return allowed(key);
  }
}

/**
 * `settings.gen.h`: the `runtime` section, which the stub reads itself, since it must know how to
 * start the process in which everything else is read.
 */
export function renderSettingsHeader(): string {
  const lines = Object.entries(SCHEMAS.transport.keys.runtime.keys).flatMap(
    ([name, key]: [string, Key]) => ["", `/* ${key.doc} */`, ...defines(`RUNTIME_${name}`, key)],
  );
  lines.push("", `/* ${MODULE_MEMORY.doc} */`, ...defines("MODULES_max_memory", MODULE_MEMORY));
  return [
    "/* Generated by `deno task generate` from plugins/host/config/schema.ts: do not edit. */",
    "#ifndef JZ_SETTINGS_GEN_H",
    "#define JZ_SETTINGS_GEN_H",
    ...lines,
    "",
    "/* What names a file that the process reads, by section and key. */",
    `#define JZ_FILE_KEYS { ${fileKeys(false).join(", ")} }`,
    "/* And one that only the process that stores events reads. */",
    `#define JZ_STREAM_FILE_KEYS { ${fileKeys(true).join(", ")} }`,
    "",
    "#endif",
    "",
  ].join("\n");
}

function fileKeys(ofStream: boolean): string[] {
  const paths = Object.values(SCHEMAS).flatMap((schema: Group) => allKeys(schema))
    .flatMap(({ path, key }) => key.type === "string" && key.form === "file" ? [path] : []);
  const wanted = paths.filter((path) => path.startsWith("stream.") === ofStream);
  return [...new Set(wanted)].map((path) => {
    const [section, name, ...more] = path.split(".");
    if (more.length > 0) throw new Error(`${path}: a file's key must be right below a section`);
    return `{ ${JSON.stringify(section)}, ${JSON.stringify(name)} }`;
  });
}

function defines(name: string, key: Key): string[] {
  const macro = `JZ_${name.toUpperCase()}`;
  switch (key.type) {
    case "integer": {
      const unit = key.unit === undefined ? "" : ` /* ${key.unit} */`;
      return [
        `#define ${macro}_DEFAULT ${key.default}${unit}`,
        `#define ${macro}_MIN ${key.min}`,
        `#define ${macro}_MAX ${key.max}`,
      ];
    }
    case "boolean":
      return [`#define ${macro}_DEFAULT ${key.default ? 1 : 0}`];
    case "string":
    case "enum":
    case "endpoint":
    case "list":
    case "events":
      return [`#define ${macro}_DEFAULT ${JSON.stringify(key.default)}`];
  }
}
