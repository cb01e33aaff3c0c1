/** The stream itself: made where there is none, and compared where there is one. @module */
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from "@nats-io/jetstream";

/** The stream as it is configured. */
export interface StreamSettings {
  readonly name: string;
  /** What all subjects begin with. */
  readonly subject: string;
  /** Make it if it is not there. */
  readonly create: boolean;
  readonly replicas: number;
  /** Seconds and bytes that it keeps; 0 for no limit. */
  readonly max_age: number;
  readonly max_bytes: number;
}

/** A second message of one id is not stored within this time (ns). */
const DEDUPE = 120e9;

/**
 * Sees to it that the stream is there.
 *
 * @returns how it differs from what is configured, in words; none if it does not
 * @throws {JetStreamApiError} if it is not there and must not be made
 * @throws {Error} if it is there and does not take our subjects, or acknowledges nothing
 */
export async function ensureStream(
  manager: JetStreamManager,
  settings: StreamSettings,
): Promise<string[]> {
  const wanted = configOf(settings);
  let there: StreamConfig;
  try {
    there = (await manager.streams.info(settings.name)).config;
  } catch (error) {
    const isMissing = error instanceof JetStreamApiError && error.status === 404;
    if (!isMissing || !settings.create) throw error;
    await manager.streams.add(wanted).catch((error) => {
      throw error instanceof JetStreamApiError ? unmade(error, settings) : error;
    });
    return [];
  }
  const all = `${settings.subject}.>`;
  if (!there.subjects?.some((subject) => covers(subject, all))) {
    throw new Error(
      `The stream ${settings.name} is there, but not for the subjects ${all} (it has ${
        there.subjects?.join(", ") || "none"
      }): set stream.subject or stream.name, or add the subjects`,
    );
  }
  if (there.no_ack) {
    throw new Error(
      `The stream ${settings.name} is there, but with no_ack: it acknowledges nothing, so nothing would be` +
        " known to be stored. Set its no_ack to false, or stream.name to another one",
    );
  }
  return differences(there, wanted);
}

const NO_ROOM = [10023, 10047];
const OVERLAP = 10065;

/** Why the stream can't be made, and what to do. */
function unmade(error: JetStreamApiError, { name, subject, max_bytes }: StreamSettings): Error {
  const { code, message } = error;
  const why = NO_ROOM.includes(code)
    ? `the server may not store so much: lower stream.max_bytes (${max_bytes}), or raise its max_file_store`
    : code === OVERLAP
    ? `another stream has the subjects ${subject}.>: set stream.name to its name, or stream.subject`
    : message;
  return new Error(`The stream ${name} can't be made: ${why}`, { cause: error });
}

/** How a stream that is there differs from what is configured, in words. */
export function differencesOf(there: StreamConfig, settings: StreamSettings): string[] {
  return differences(there, configOf(settings));
}

function configOf({ name, subject, replicas, max_age, max_bytes }: StreamSettings) {
  return {
    name,
    subjects: [`${subject}.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    num_replicas: replicas,
    max_age: max_age * 1e9,
    max_bytes: max_bytes === 0 ? -1 : max_bytes,
    duplicate_window: max_age === 0 ? DEDUPE : Math.min(DEDUPE, max_age * 1e9),
  };
}

function differences(there: StreamConfig, wanted: ReturnType<typeof configOf>): string[] {
  const said = (
    [
      ["max_age", (value: number) => `${value / 1e9} s`],
      ["max_bytes", String],
      ["num_replicas", String],
      ["storage", String],
      ["retention", String],
      ["discard", String],
    ] as const
  ).flatMap(([key, show]) => {
    const [is, want] = [there[key], wanted[key]] as const;
    const text = show as (value: unknown) => string;
    return is === want ? [] : [`${key} is ${text(is)}, configured ${text(want)}`];
  });
  for (const [key, effect] of UNSET) {
    const value = there[key];
    // Servers say 0 or -1 where there is no limit.
    const isSet = typeof value === "number" ? value > 0 : Boolean(value);
    if (isSet) {
      said.push(typeof value === "object" ? `${key}: ${effect}` : `${key} is ${value}: ${effect}`);
    }
  }
  return said;
}

/** What the stream that is made here has not, and what it does to events. */
const UNSET = [
  ["max_msgs", "the oldest events go when it has so many, or new ones are refused"],
  ["max_msgs_per_subject", "of many events of one kind, only so many are kept"],
  ["discard_new_per_subject", "events of a kind are refused when it has as many as it may"],
  ["max_msg_size", "events of more bytes are refused"],
  ["max_consumers", "no more may read"],
  ["subject_transform", "events get other subjects, and are not found again"],
  ["no_ack", "nothing can be known to be stored"],
  ["sealed", "nothing can be added"],
] as const satisfies readonly (readonly [keyof StreamConfig, string])[];

/** True if all subjects of one pattern are subjects of another. */
function covers(pattern: string, other: string): boolean {
  const [ours, theirs] = [pattern.split("."), other.split(".")];
  for (const [at, token] of ours.entries()) {
    if (token === ">") return theirs.length > at;
    if (theirs[at] === undefined || theirs[at] === ">" || (token !== "*" && token !== theirs[at])) {
      return false;
    }
  }
  return ours.length === theirs.length;
}

/** What an error that the stream gave means, with the limit that is reached. */
export function refusal(
  { err_code, description }: { readonly err_code?: number; readonly description: string },
  config: StreamConfig,
): string {
  const { name } = config;
  if (config.sealed || err_code === SEALED) {
    return `The stream ${name} is sealed: nothing can be added`;
  }
  if (err_code !== FULL) return `The stream ${name} refuses: ${description}`;
  const key = (["max_msgs_per_subject", "max_msgs", "max_bytes"] as const).find((key) =>
    description.includes(LIMITS[key])
  );
  const limit = key === undefined ? description : `${key} is ${config[key]}`;
  return `The stream ${name} is full and refuses what is new: ${limit}`;
}

const FULL = 10077;
const SEALED = 10109;
const LIMITS = {
  max_msgs_per_subject: "maximum messages per subject",
  max_msgs: "maximum messages",
  max_bytes: "maximum bytes",
};
