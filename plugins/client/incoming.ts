/** What arrives, checked: whoever is at the other end may send anything. @module */
import type { Message } from "@janus-zeromq/zmq";
import { parseJson } from "../janus/json.ts";
import { JanusErrorCode } from "./errors.ts";
import type { Incoming } from "./transactions.ts";

type Odd = Record<string, unknown>;

/**
 * A message of Janus's; undefined if it is none. One that only names a request of ours, and makes no
 * sense beyond that, becomes that request's error.
 */
export function readIncoming(frames: readonly Message[]): Incoming | undefined {
  let message: unknown;
  try {
    message = parseJson(frames.at(-1)?.toString() ?? "");
  } catch {
    return undefined;
  }
  if (!isObject(message)) return undefined;
  const { janus, transaction } = message;
  const named = typeof transaction === "string";
  if (typeof janus !== "string") return named ? senseless(transaction) : undefined;
  if (!named && transaction !== undefined) {
    // It answers no request of ours; what it tells of besides may be of use.
    const { transaction: _, ...rest } = message;
    return checkParts(janus, rest, undefined);
  }
  return checkParts(janus, message, transaction as string | undefined);
}

function checkParts(
  janus: string,
  message: Odd,
  transaction: string | undefined,
): Incoming | undefined {
  const { error, plugindata } = message;
  const sound = janus === "error"
    ? isObject(error) && typeof error.code === "number" && typeof error.reason === "string"
    : (janus !== "event" && plugindata === undefined) ||
      (isObject(plugindata) && isObject(plugindata.data));
  if (sound) return message as unknown as Incoming;
  return transaction === undefined ? undefined : senseless(transaction);
}

function senseless(transaction: string): Incoming {
  const reason = "The answer makes no sense";
  return { janus: "error", transaction, error: { code: JanusErrorCode.unknown, reason } };
}

function isObject(value: unknown): value is Odd {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
