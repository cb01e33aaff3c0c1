/**
 * Descriptions of what JSON must look like, tied to a type: an object of a type's shape has a shape
 * for each of its keys and no other, or the shape doesn't compile.
 */

/** Says what is wrong with a value, and where; undefined if nothing is. */
type Check = (value: unknown, at: string) => string | undefined;

/** Checks that a value is of a type. */
export interface Shape<T> {
  (...checked: Parameters<Check>): ReturnType<Check>;
  /** Never there. Makes this the shape of exactly one type: wider or narrower ones won't do. */
  readonly type?: (value: T) => T;
}

/** A key that need not be there. */
export interface Optional<T> {
  readonly optional: Shape<T>;
}

/** Keys that a type names, without those that it only allows for. */
type NamedKey<T> = keyof { [K in keyof T as string extends K ? never : K]: true } & keyof T;

/** The shapes of a type's keys. */
export type Fields<T> = {
  readonly [K in NamedKey<T>]: object extends Pick<T, K> ? Optional<Exclude<T[K], undefined>>
    : Shape<T[K]>;
};

function primitive<T>(what: string, test: (value: unknown) => boolean): Shape<T> {
  return (value, at) => test(value) ? undefined : `${at} is ${show(value)}, not ${what}`;
}

/** A value short enough to be read in a message. */
function show(value: unknown): string {
  const text = typeof value === "bigint" ? `${value}n` : JSON.stringify(value) ?? "missing";
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** Text. */
export const text: Shape<string> = primitive("text", (value) => typeof value === "string");

/** True or false. */
export const flag: Shape<boolean> = primitive("a boolean", (value) => typeof value === "boolean");

/** A whole number. */
export const whole: Shape<number> = primitive("a whole number", Number.isSafeInteger);

/** One of some words, all of which must be named. */
export function oneOf<T extends string>(words: Readonly<Record<T, true>>): Shape<T> {
  const known = Object.keys(words);
  return primitive(known.join(" or "), (value) => known.includes(String(value)));
}

/** This value. */
export function just<const T extends string | number>(expected: T): Shape<T> {
  return primitive(JSON.stringify(expected), (value) => value === expected);
}

/** An object that may have any keys. */
export const anyObject: Shape<Record<string, unknown>> = primitive("an object", isObject);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A key that need not be there; if it is, its value has a shape. */
export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: shape };
}

/** An object with these keys; with others only if it is `open`. */
export function object<T extends object>(
  // T comes from where the shape goes, or is said.
  fields: NoInfer<Fields<T>>,
  { open = false }: { readonly open?: boolean } = {},
): Shape<T> {
  const known = Object.entries(fields as Record<string, Check | { readonly optional: Check }>);
  return (value, at) => {
    if (!isObject(value)) return `${at} is ${show(value)}, not an object`;
    for (const [key, field] of known) {
      if ("optional" in field && !(key in value)) continue;
      const shape = "optional" in field ? field.optional : field;
      const fault = shape(value[key], `${at}.${key}`);
      if (fault !== undefined) return fault;
    }
    const unknown = open ? undefined : Object.keys(value).find((key) => !(key in fields));
    return unknown === undefined ? undefined : `${at}.${unknown} is unknown`;
  };
}

/** An object whose values all have one shape, whatever their keys are. */
export function record<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, at) => {
    if (!isObject(value)) return `${at} is ${show(value)}, not an object`;
    return firstFault(Object.entries(value).map(([key, one]) => shape(one, `${at}.${key}`)));
  };
}

/** An array of things of one shape. */
export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) return `${at} is ${show(value)}, not an array`;
    return firstFault(value.map((one, index) => shape(one, `${at}[${index}]`)));
  };
}

function firstFault(faults: readonly (string | undefined)[]): string | undefined {
  return faults.find((fault) => fault !== undefined);
}

/** Something of one of several shapes. */
export function either<T extends readonly unknown[]>(
  ...shapes: { readonly [I in keyof T]: Shape<T[I]> }
): Shape<T[number]> {
  return (value, at) => {
    const faults: string[] = [];
    for (const shape of shapes) {
      const fault = shape(value, at);
      if (fault === undefined) return undefined;
      faults.push(fault);
    }
    return faults.join("; or ");
  };
}

/** An object of several kinds, that one of its keys tells apart. */
export function tagged<T extends object, K extends keyof T & string>(
  key: K,
  kinds: { readonly [Kind in T[K] & string]: Shape<Extract<T, Readonly<Record<K, Kind>>>> },
): Shape<T> {
  const known: Readonly<Record<string, Check>> = kinds;
  return (value, at) => {
    if (!isObject(value)) return `${at} is ${show(value)}, not an object`;
    const kind = String(value[key]);
    if (!Object.hasOwn(known, kind)) {
      return `${at}.${key} is ${show(value[key])}, not ${Object.keys(known).join(" or ")}`;
    }
    return known[kind]?.(value, at);
  };
}
