/** The document that shows what events look like, from their types and samples. */
import {
  EVENT_LABELS,
  EVENT_NAMES,
  EVENT_SUBTYPES,
  eventSelector,
} from "../../plugins/janus/event_types.ts";
import { type SampleName, SAMPLES } from "../../plugins/sdk/samples.ts";
import { PROJECT_ROOT } from "../lib/project.ts";

/** Where the types are. */
const SOURCES = ["event_fields", "events", "media_events", "api", "ids"];
/** Types that several kinds of events have in common, or that are too long to be shown in them. */
const SHARED = [
  ...["EventFields", "HandleFields", "JanusId", "ComponentFields", "SelectedCandidate", "Jsep"],
  ...["MediaStatistics", "RtpStatistics", "DataStatistics", "ServerDescription", "ModuleInfo"],
];
/** A text in an example is cut behind so many characters. */
const MAX_TEXT = 100;
/** A longer example has a line for each field. */
const MAX_LINE = 100;

/** A type as its source has it. */
interface Declaration {
  readonly doc: string;
  readonly text: string;
}

/** The document. */
export function renderEventShapes(): string {
  const types = declarations();
  const names = EVENT_NAMES.filter((name) => name in SAMPLES) as SampleName[];
  const rows = names.map((name) => {
    const { type, subtype } = eventSelector(name)!;
    return `| [\`${name}\`](#${anchor(name)}) | ${type} | ${subtype ?? ""} | ${
      declarationOf(name, types).doc
    } |`;
  });
  const shared = SHARED.flatMap((name) => {
    const { doc, text } = types.get(name) ?? missing(name);
    return ["", `### ${name}`, "", doc, "", "```ts", text, "```"];
  });
  return [
    "<!-- Written by `scripts/deno task generate` from plugins/janus/events.ts and plugins/sdk/samples.ts. -->",
    "",
    "# Event shapes",
    "",
    "What filters get: [README](README.md). `event.event` is what differs; all around it is the same for all,",
    "see [EventFields](#eventfields) and [HandleFields](#handlefields). `?` marks what may be missing, `|` stands",
    "between what it may be. In examples, long texts are cut (`...`).",
    "",
    "| in `events` | type | subtype | when |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    `\`all\` stands for all of them, and ${kinds()} for all of their subtypes.`,
    ...names.flatMap((name) => section(name, types)),
    "",
    "## Types in them",
    ...shared,
    "",
  ].join("\n");
}

function kinds(): string {
  return EVENT_LABELS.filter((label) => label in EVENT_SUBTYPES).map((label) => `\`${label}\``)
    .join(", ");
}

function anchor(heading: string): string {
  return heading.toLowerCase().replaceAll(".", "");
}

function section(name: SampleName, types: ReadonlyMap<string, Declaration>): string[] {
  const { doc, text } = declarationOf(name, types);
  const seen = new Set<string>();
  const examples = SAMPLES[name].map(({ event }) => event as object).filter((event) => {
    // One of each shape.
    const shape = Object.keys(event).join() +
      ("info" in event ? Object.keys(event.info as object) : "") +
      ("name" in event ? event.name : "");
    return !seen.has(shape) && seen.add(shape);
  });
  return [
    ...[
      "",
      `## ${name}`,
      "",
      doc,
      "",
      "```ts",
      text,
      "```",
      "",
      "`event.event` is, for example:",
      "",
    ],
    ...["```json", ...examples.map(example), "```"],
  ];
}

function example(event: object): string {
  const cut = (_key: string, value: unknown) =>
    typeof value === "string" && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}...` : value;
  const line = JSON.stringify(event, cut);
  return line.length <= MAX_LINE ? line : JSON.stringify(event, cut, 2);
}

/** The type of the events with a name: it has their numbers. */
function declarationOf(name: SampleName, types: ReadonlyMap<string, Declaration>): Declaration {
  const { type, subtype } = eventSelector(name)!;
  const has = (text: string, key: string, number: number | null) =>
    number === null || new RegExp(`^  readonly ${key}: ${number};$`, "m").test(text);
  const found = [...types.values()].find(({ text }) =>
    has(text, "type", type) && has(text, "subtype", subtype)
  );
  return found ?? missing(name);
}

function missing(name: string): never {
  throw new Error(`Cannot write the events' document: there is no type for ${name}`);
}

/** All exported types, by name. */
function declarations(): ReadonlyMap<string, Declaration> {
  const found = new Map<string, Declaration>();
  for (const source of SOURCES) {
    const file = Deno.readTextFileSync(`${PROJECT_ROOT}/plugins/janus/${source}.ts`);
    const pattern =
      /^\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport ((?:interface (\w+)[\s\S]*?^\}|type (\w+)[\s\S]*?;))$/gm;
    for (const [, doc = "", text = "", name, alias = ""] of file.matchAll(pattern)) {
      found.set(name ?? alias, {
        doc: doc.replace(/^ *\* ?/gm, "").trim().replaceAll("\n", " "),
        text,
      });
    }
  }
  return found;
}
