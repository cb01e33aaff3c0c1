/** Values of single keys: how each kind is read, and what it allows in words. */
import { ADDRESS_FORMS, parseAddress } from "./endpoint.ts";
import { EVENT_MASK_FORMS, parseEventMask } from "./event_mask.ts";
import { type Form, FORMS } from "./forms.ts";
import { type EventsKey, type IntegerKey, type Key, type ListKey, orList } from "./keys.ts";
import type { Node } from "./source.ts";

/** A checked value. */
export type Value = boolean | number | string | readonly string[];

/** The value of a key that was not given. */
export function defaultValue(key: Key): Value {
  if (key.type !== "events") return key.default;
  const read = parseEventMask(key.default);
  if ("mask" in read) return read.mask;
  throw new Error(`Cannot use the default ${JSON.stringify(key.default)}: ${read.faults.join()}`);
}

/** A value, or why there is none. */
export type Read = { readonly value: Value } | { readonly faults: readonly string[] };

/** Reads a key's value. */
export function readValue(key: Key, node: Node): Read {
  if (key.type === "events") return readEvents(key, node);
  if (key.type === "list") return readList(key, node);
  const value = node.kind === "scalar" ? node.value : null;
  // Janus gives "" or nothing for the same thing, depending on its version.
  if (node.kind === "scalar" && (value === null || value === "")) {
    if (key.type === "string" && key.default === "") return { value: "" };
    return { faults: [`is empty: ${allowed(key)}; remove the line for the default`] };
  }
  const wrong: Read = { faults: [refused(key, node)] };
  if (node.kind !== "scalar") return wrong;
  switch (key.type) {
    case "boolean": {
      const boolean = readBoolean(node.value);
      return boolean === null ? wrong : { value: boolean };
    }
    case "integer":
      return readInteger(key, node) ?? wrong;
    case "string": {
      const fits = typeof value === "string" &&
        (key.form === undefined || FORMS[key.form].accepts(value));
      return fits ? { value } : wrong;
    }
    case "enum": {
      if (typeof value !== "string") return wrong;
      const found = key.values.find((known) => known === value.toLowerCase());
      return found === undefined ? wrong : { value: found };
    }
    case "endpoint": {
      if (typeof value !== "string") return wrong;
      const read = parseAddress(value);
      // Which of the two it has to be is for those to say who know the mode.
      const fits = "address" in read || "address" in parseAddress(value, "connect");
      return fits ? { value } : { faults: [`${show(node)} ${read.fault}`] };
    }
  }
}

/** As `janus_is_true` takes them, and "on"; but what it would take for false by default is null. */
function readBoolean(value: string | number | boolean | null): boolean | null {
  switch (typeof value === "string" ? value.toLowerCase() : value) {
    case true:
    case 1:
    case "true":
    case "yes":
    case "on":
    case "1":
      return true;
    case false:
    case 0:
    case "false":
    case "no":
    case "off":
    case "0":
      return false;
    default:
      return null;
  }
}

function readInteger(key: IntegerKey, node: Node & { kind: "scalar" }): Read | null {
  if (key.switch !== undefined && !/^[01]$/.test(String(node.value))) {
    const on = readBoolean(node.value);
    if (on !== null) return { value: on ? key.switch : 0 };
  }
  const is_text = !node.typed && typeof node.value === "string";
  const number = is_text && /^[+-]?\d+$/.test(String(node.value)) ? Number(node.value) : node.value;
  if (typeof number !== "number" || !Number.isInteger(number)) return null;
  return number >= key.min && number <= key.max
    ? { value: number }
    : { faults: [`${show(node)} is out of range: ${allowed(key)}`] };
}

function readList(key: ListKey, node: Node): Read {
  if (node.kind === "group") return { faults: [refused(key, node)] };
  // Of one text, all: a password with a comma in it is no list.
  const wrong = (item: Node) => refused(key, hasUser(node) ? node : item);
  const items = node.kind === "list" ? node.items : splitText(node);
  const value: string[] = [];
  const faults: string[] = [];
  for (const item of items) {
    const text = item.kind === "scalar" && typeof item.value === "string" ? item.value.trim() : "";
    const fits = text !== "" && (key.values?.includes(text) ?? true) &&
      (key.form === undefined || FORMS[key.form].accepts(text));
    if (fits) value.push(text);
    else faults.push(wrong(item));
  }
  if (key.nonempty && items.length === 0) {
    faults.push(`is empty: name one of the ${key.items} at least, or remove it for the default`);
  }
  return faults.length > 0 ? { faults: [...new Set(faults)] } : { value };
}

/** Whether a text has what may be a user and a password before a host. */
function hasUser(node: Node): boolean {
  return node.kind === "scalar" && typeof node.value === "string" && node.value.includes("@");
}

/** Why a value cannot be used. */
function refused(key: Key, node: Node): string {
  const form: Form | undefined = "form" in key && key.form !== undefined
    ? FORMS[key.form]
    : undefined;
  const text = node.kind === "scalar" && typeof node.value === "string" ? node.value : "";
  const what = key.secret && node.kind === "scalar" ? "what stands here" : show(node);
  return `${what} is not allowed: ${form?.instead?.(text) ?? allowed(key)}`;
}

/** One text with commas is as good as a list; an empty one is an empty list. */
function splitText(node: Node & { kind: "scalar" }): readonly Node[] {
  if (node.value === null || node.value === "") return [];
  if (typeof node.value !== "string") return [node];
  return node.value.split(",").map((text) => ({ ...node, value: text.trim() }));
}

function readEvents(key: EventsKey, node: Node): Read {
  const wrong: Read = { faults: [refused(key, node)] };
  if (node.kind === "group") return wrong;
  let source: string | string[];
  if (node.kind === "list") {
    source = [];
    for (const item of node.items) {
      if (item.kind !== "scalar" || typeof item.value !== "string") {
        return { faults: [`${show(item)} is not allowed in the list: ${allowed(key)}`] };
      }
      source.push(item.value);
    }
  } else if (node.value === null) source = "";
  else if (typeof node.value === "string") source = node.value;
  else return wrong;
  const read = parseEventMask(source);
  return "mask" in read ? { value: read.mask } : read;
}

/** What a key allows, in words. */
export function allowed(key: Key): string {
  switch (key.type) {
    case "boolean":
      return 'true, "true", "yes", "on" or 1; false, "false", "no", "off" or 0';
    case "string":
      return key.form === undefined ? "text" : FORMS[key.form].words;
    case "list":
      if (key.values !== undefined) return `a list of ${orList(key.values)}`;
      return key.form === undefined
        ? `a list of ${key.items}`
        : `a list, each item ${FORMS[key.form].words}`;
    case "integer": {
      const unit = key.unit === undefined ? "" : ` (${key.unit})`;
      const off = key.switch === undefined ? "" : "false or ";
      return `${off}an integer from ${key.min} to ${key.max}${unit}`;
    }
    case "enum":
      return orList(key.values);
    case "endpoint":
      return `an address such as ${ADDRESS_FORMS}`;
    case "events":
      return EVENT_MASK_FORMS;
  }
}

const MAX_SHOWN = 80;

/** A value as messages show it: in one line, quoted where that tells text from numbers. */
export function show(node: Node): string {
  if (node.kind === "group") return "a group";
  if (node.kind === "list") return "a list";
  const looks_bare = !node.typed && /^(?:[+-]?\d+(?:\.\d+)?|true|false)$/.test(String(node.value));
  const text = looks_bare || typeof node.value !== "string"
    ? String(node.value)
    : quote(node.value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

/** Text in quotes, without what stands before an @: in an address, that is a user and a password. */
export function quote(text: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0] ?? "";
  const rest = text.slice(scheme.length);
  const at = rest.lastIndexOf("@");
  return JSON.stringify(at > 0 ? `${scheme}...${rest.slice(at)}` : text);
}
