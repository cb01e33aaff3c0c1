/** Refusals of hooks: the same in the plugin and in tests. @module */
import type { Refusal } from "./transport_hook.ts";

/** The longest reason, in UTF-16 units; what is beyond it is cut off. */
const MAX_REASON = 1000;
const MAX_CODE = 2 ** 31 - 1;

/** True for what {@linkcode HookContext.refuse} makes, whatever it was made of. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && "refuse" in value && !("janus" in value);
}

/** The code and reason of a refusal. @throws {TypeError} if it makes none, or refuses a reply */
export function checkRefusal(
  { refuse }: Refusal,
  reply: boolean,
): { readonly code: number; readonly reason: string } {
  if (reply) throw new TypeError("Cannot refuse a reply: it has been done");
  const { code, reason } = Object(refuse) as { readonly code?: unknown; readonly reason?: unknown };
  if (typeof code !== "number" || !Number.isInteger(code) || Math.abs(code) > MAX_CODE) {
    throw new TypeError(
      `Cannot refuse with a code of type ${typeof code} (${
        String(code)
      }): it is an integer, such as 403`,
    );
  }
  if (typeof reason !== "string") {
    throw new TypeError(`Cannot refuse with a reason of type ${typeof reason}: it is a string`);
  }
  return { code, reason: reason.slice(0, MAX_REASON) };
}
