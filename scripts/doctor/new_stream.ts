/** What `doctor` says of a stream that is yet to be made: whether it can be. */
import type { AccountLimits, JetStreamAccountStats, JetStreamManager } from "@nats-io/jetstream";
import type { Finding } from "./finding.ts";
import { size } from "./size.ts";

/** The stream that is wanted, as the configuration has it. */
export interface Wanted {
  readonly name: string;
  readonly subject: string;
  readonly create: boolean;
  readonly replicas: number;
  readonly max_bytes: number;
}

/** What JetStream says of where it is to be. */
export interface Surroundings {
  /** Null if the user may not ask. */
  readonly account: JetStreamAccountStats | null;
  /** Other streams that have some of its subjects. */
  readonly others: readonly string[];
}

/** Asks for them. A user who may make a stream may not be allowed to: then nothing is said of it. */
export async function surroundings(
  manager: JetStreamManager,
  { subject }: Wanted,
): Promise<Surroundings> {
  const others: string[] = [];
  try {
    for await (const name of manager.streams.names(`${subject}.>`)) others.push(name);
    return { account: await manager.getAccountInfo(), others };
  } catch {
    return { account: null, others };
  }
}

/** Whether it can be made there, and what to change if not. */
export function newStream(wanted: Wanted, { account, others }: Surroundings): Finding {
  const { name, subject, create } = wanted;
  const about = { group: "Stream", name } as const;
  const warning = (detail: string, remedy: string): Finding => ({
    ...{ ...about, status: "warning", detail: `not there yet, ${detail}`, remedy: `# ${remedy}` },
  });
  const [other] = others;
  if (other !== undefined) {
    return warning(
      `and the stream ${others.join(", ")} has subjects of ${subject}.> already`,
      `Set stream.name = "${other}" to use that one, or stream.subject to another one, or delete it`,
    );
  }
  if (!create) {
    return warning(
      "and stream.create is off",
      `Make the stream ${name}, or set stream.create = true`,
    );
  }
  const problem = account === null ? null : tooLarge(wanted, account);
  if (problem !== null) return warning(...problem);
  return { ...about, status: "ok", detail: "not there yet: the plugin makes it" };
}

/** Why the account refuses a stream of this size, and what to do; null if it does not. */
function tooLarge(
  { max_bytes, replicas }: Wanted,
  account: JetStreamAccountStats,
): readonly [detail: string, remedy: string] | null {
  const tier = account.tiers?.[`R${replicas}`];
  const { limits, storage, reserved_storage } = tier ?? account;
  if (max_bytes === 0) {
    return limits.max_bytes_required
      ? ["and the account takes no stream without a limit of size", "Set stream.max_bytes"]
      : null;
  }
  const most = limits.storage_max_stream_bytes;
  if (most > 0 && max_bytes > most) {
    return [
      `and stream.max_bytes is ${size(max_bytes)}, where a stream of the account may have ${
        size(most)
      }`,
      `Set stream.max_bytes = ${most} or less, or raise the account's limit for each stream`,
    ];
  }
  const left = roomOf(limits, Math.max(storage, reserved_storage ?? 0));
  // Limits of a tier are for its number of replicas.
  const copies = tier === undefined ? replicas : 1;
  if (max_bytes * copies <= left) return null;
  const times = copies === 1 ? "" : `, ${copies} times`;
  return [
    `and stream.max_bytes is ${size(max_bytes)}${times}, where the account has room for ${
      size(left)
    }`,
    `Set stream.max_bytes = ${Math.floor(left / copies)} or less, or raise the account's max_file`,
  ];
}

function roomOf({ max_storage }: AccountLimits, used: number): number {
  return max_storage < 0 ? Infinity : Math.max(0, max_storage - used);
}
