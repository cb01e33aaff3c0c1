/**
 * The typed face of `@std/assert`, which comes from npm without its types. The functions that
 * narrow must be declared here to narrow.
 *
 * @module
 */
import * as std from "@std/assert";

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error = Error> = abstract new (...args: any[]) => E;

interface Assertions {
  assert(value: unknown, message?: string): asserts value;
  assertExists<T>(value: T, message?: string): asserts value is NonNullable<T>;
  assertEquals(actual: unknown, expected: unknown, message?: string): void;
  assertNotEquals(actual: unknown, expected: unknown, message?: string): void;
  assertStrictEquals(actual: unknown, expected: unknown, message?: string): void;
  assertMatch(actual: string, expected: RegExp, message?: string): void;
  assertStringIncludes(actual: string, expected: string, message?: string): void;
  assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, message?: string): void;
  assertGreater(actual: number | bigint, limit: number | bigint, message?: string): void;
  assertGreaterOrEqual(actual: number | bigint, limit: number | bigint, message?: string): void;
  assertLess(actual: number | bigint, limit: number | bigint, message?: string): void;
  assertLessOrEqual(actual: number | bigint, limit: number | bigint, message?: string): void;
  assertInstanceOf<E extends Error>(
    value: unknown,
    type: ErrorClass<E>,
    message?: string,
  ): asserts value is E;
  assertThrows<E extends Error = Error>(
    run: () => unknown,
    type?: ErrorClass<E>,
    includes?: string,
    message?: string,
  ): E;
  assertRejects<E extends Error = Error>(
    run: () => PromiseLike<unknown>,
    type?: ErrorClass<E>,
    includes?: string,
    message?: string,
  ): Promise<E>;
  fail(message?: string): never;
}

const typed = std as unknown as Assertions;

export const assert: Assertions["assert"] = typed.assert;
export const assertExists: Assertions["assertExists"] = typed.assertExists;
export const assertEquals: Assertions["assertEquals"] = typed.assertEquals;
export const assertNotEquals: Assertions["assertNotEquals"] = typed.assertNotEquals;
export const assertStrictEquals: Assertions["assertStrictEquals"] = typed.assertStrictEquals;
export const assertMatch: Assertions["assertMatch"] = typed.assertMatch;
export const assertStringIncludes: Assertions["assertStringIncludes"] = typed.assertStringIncludes;
export const assertArrayIncludes: Assertions["assertArrayIncludes"] = typed.assertArrayIncludes;
export const assertGreater: Assertions["assertGreater"] = typed.assertGreater;
export const assertGreaterOrEqual: Assertions["assertGreaterOrEqual"] = typed.assertGreaterOrEqual;
export const assertLess: Assertions["assertLess"] = typed.assertLess;
export const assertLessOrEqual: Assertions["assertLessOrEqual"] = typed.assertLessOrEqual;
export const assertInstanceOf: Assertions["assertInstanceOf"] = typed.assertInstanceOf;
export const assertThrows: Assertions["assertThrows"] = typed.assertThrows;
export const assertRejects: Assertions["assertRejects"] = typed.assertRejects;
export const fail: Assertions["fail"] = typed.fail;
