/** Keeps the monitor's own secret out of what is shown, should a server echo it. @module */

const SHOWN = "(secret)";
const DEPTH = 8;

/** The same value of JSON without the secret in any text or name of it. */
export function withoutSecret(value: unknown, secret: string | null, depth = DEPTH): unknown {
  if (secret === null || secret === "") return value;
  if (typeof value === "string") return value.replaceAll(secret, SHOWN);
  if (typeof value !== "object" || value === null) return value;
  // What is as deep as this is shown nowhere.
  if (depth === 0) return null;
  if (Array.isArray(value)) return value.map((one) => withoutSecret(one, secret, depth - 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name.replaceAll(secret, SHOWN),
      withoutSecret(one, secret, depth - 1),
    ]),
  );
}
