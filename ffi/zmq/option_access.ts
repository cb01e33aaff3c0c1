/**
 * Reads and writes options, and makes properties of them.
 *
 * @module
 */
import process from "node:process";
import { Option } from "./constants.ts";
import * as tables from "./option_table.ts";
import type { OptionSpec, OptionTable, OptionType } from "./option_table.ts";
import type { ThinSocket } from "./thin_socket.ts";

/** Value of an option. */
export type OptionValue = boolean | number | string | Uint8Array | null;

const { CONTEXT, ...OF_SOCKETS } = tables;

function namesOf(...all: OptionTable[]): ReadonlyMap<number, string> {
  const writable = all.flatMap((table) => Object.entries(table)).filter(([, { access }]) =>
    access !== "r"
  );
  return new Map(writable.map(([name, { id }]) => [id, name]));
}

const CONTEXT_NAMES = namesOf(CONTEXT);
const SOCKET_NAMES = namesOf(...Object.values(OF_SOCKETS));

// Options that take effect at once, on a socket that is bound or connected already.
const IMMEDIATE: ReadonlySet<number> = new Set([
  Option.SUBSCRIBE,
  Option.UNSUBSCRIBE,
  Option.LINGER,
  Option.SNDHWM,
  Option.RCVHWM,
  Option.SNDTIMEO,
  Option.RCVTIMEO,
  Option.ROUTER_MANDATORY,
  Option.ROUTER_HANDOVER,
  Option.PROBE_ROUTER,
  Option.XPUB_VERBOSE,
  Option.XPUB_VERBOSER,
  Option.REQ_CORRELATE,
  Option.REQ_RELAXED,
]);

/** Warns of an option that comes too late for the connections that a socket has. */
export function warnOfDelay(id: number): void {
  if (IMMEDIATE.has(id)) return;
  process.emitWarning("Socket option will not take effect until next connect/bind.");
}

const WANTED: Record<OptionType, string> = {
  Bool: "a boolean",
  Int32: "a 32-bit integer",
  Uint32: "a 32-bit integer, 0 or more",
  Int64: "an integer",
  Uint64: "an integer, 0 or more",
  String: "a string or null",
};

function fits(type: OptionType, value: unknown): boolean {
  switch (type) {
    case "Bool":
      return typeof value === "boolean";
    case "Int32":
      return typeof value === "number" && value === (value | 0);
    case "Uint32":
      return typeof value === "number" && value === value >>> 0;
    case "Int64":
      return Number.isSafeInteger(value);
    case "Uint64":
      return Number.isInteger(value) && value as number >= 0;
    case "String":
      return value === null || typeof value === "string" || value instanceof Uint8Array;
  }
}

function check(names: ReadonlyMap<number, string>, id: number, type: OptionType, value: unknown) {
  if (typeof id !== "number") throw new TypeError(`${Deno.inspect(id)} is not an option's number`);
  if (fits(type, value)) return;
  const name = names.get(id) ?? id;
  throw new TypeError(
    `Cannot set option ${name}: ${Deno.inspect(value)} is not ${WANTED[type]}`,
  );
}

/** @throws {TypeError} if an option of a context can't have a value */
export function checkContextOption(id: number, type: OptionType, value: unknown): void {
  check(CONTEXT_NAMES, id, type, value);
}

const MOST_UINT64 = 2n ** 64n - 1n;

/** Sets an option of a socket. @throws {TypeError} if it can't have the value */
export function writeOption(
  socket: ThinSocket,
  type: OptionType,
  id: number,
  value: OptionValue,
): void {
  check(SOCKET_NAMES, id, type, value);
  if (type === "String") return socket.setBytes(id, ownBytes(value as string | Uint8Array | null));
  const number = Number(value);
  if (type === "Int64") return socket.setInt64(id, BigInt(number));
  if (type !== "Uint64") return socket.setInt(id, number | 0);
  if (number > Number.MAX_SAFE_INTEGER) {
    process.emitWarning(
      "Value is larger than Number.MAX_SAFE_INTEGER and may have been rounded inaccurately.",
    );
  }
  const whole = BigInt(number);
  socket.setInt64(id, whole < MOST_UINT64 ? whole : MOST_UINT64);
}

// What others may change meanwhile can't be handed to C.
function ownBytes(value: string | Uint8Array | null): string | Uint8Array<ArrayBuffer> | null {
  if (value === null || typeof value === "string") return value;
  return value.buffer instanceof ArrayBuffer
    ? value as Uint8Array<ArrayBuffer>
    : new Uint8Array(value);
}

const KEYS: readonly number[] = [
  Option.CURVE_PUBLICKEY,
  Option.CURVE_SECRETKEY,
  Option.CURVE_SERVERKEY,
];
const decoder = new TextDecoder();

/** Reads an option of a socket. */
export function readOption(socket: ThinSocket, type: OptionType, id: number): OptionValue {
  switch (type) {
    case "Bool":
      return socket.getInt(id) !== 0;
    case "Int32":
      return socket.getInt(id);
    case "Uint32":
      return socket.getInt(id) >>> 0;
    case "Int64":
      return Number(socket.getInt64(id));
    case "Uint64":
      return Number(BigInt.asUintN(64, socket.getInt64(id)));
  }
  // libzmq gives a key as text only into exactly 41 bytes, and as 32 bytes else.
  const bytes = socket.getBytes(id, KEYS.includes(id) ? 41 : 256);
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length;
  return end <= 0 ? null : decoder.decode(bytes.subarray(0, end));
}

/** The values of options that libzmq can't be asked for, by socket. */
const written = new WeakMap<object, Map<string, unknown>>();

/** Remembers the value of an option that can only be set. */
export function remember(owner: object, name: string, value: unknown): void {
  let values = written.get(owner);
  if (!values) written.set(owner, values = new Map());
  values.set(name, value);
}

/** The value that an option was set to, or `initial` if it never was. */
export function recall(owner: object, name: string, initial: unknown): unknown {
  return written.get(owner)?.get(name) ?? initial;
}

const INITIAL: Partial<Record<OptionType, unknown>> = { Bool: false, Int32: -1, String: null };

/** The methods that a class with options has, such as `getBoolOption`. */
type Accessors = Record<string, (id: number, value?: unknown) => unknown>;

function propertyOf(name: string, option: OptionSpec): PropertyDescriptor & ThisType<Accessors> {
  const { id, type, access, values, initial = INITIAL[type] } = option;
  const property: PropertyDescriptor & ThisType<Accessors> = {
    configurable: true,
    get() {
      if (access === "w") return recall(this, name, initial);
      const value = this[`get${type}Option`]!(id);
      return values ? values[value as number] ?? null : value;
    },
  };
  if (access === "r") return property;
  property.set = function (this: Accessors, value: unknown) {
    if (values && !values.includes(value as string)) {
      throw new TypeError(`Cannot set option ${name}: ${Deno.inspect(value)} is not known`);
    }
    this[`set${type}Option`]!(id, values ? values.indexOf(value as string) : value);
    if (access === "w") remember(this, name, value);
  };
  return property;
}

/** Makes properties of a class of some options. */
export function defineOptions(type: { prototype: object }, ...all: OptionTable[]): void {
  for (const [name, option] of all.flatMap((table) => Object.entries(table))) {
    Object.defineProperty(type.prototype, name, propertyOf(name, option));
  }
}

/**
 * Assigns a constructor's options.
 *
 * @throws {TypeError} for one that the class doesn't have, or that can't be set
 */
export function assignOptions(target: object, options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!isWritable(target, name)) {
      throw new TypeError(
        `Cannot set option ${name}: ${target.constructor.name} has no such option`,
      );
    }
    (target as Record<string, unknown>)[name] = value;
  }
}

function isWritable(target: object, name: string): boolean {
  for (let at = Object.getPrototypeOf(target); at; at = Object.getPrototypeOf(at)) {
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property) return property.set !== undefined;
  }
  return false;
}
