/** A handler that has just started: the first events that it ever gets. */
import { freePorts, listeners } from "../../lib/ports.ts";
import { sleep } from "../../lib/waiting.ts";
import { LineProcess } from "../frame/line_process.ts";
import type { Contestant } from "./contestant.ts";
import { GeneratingJanus, type Latency } from "./generating_janus.ts";
import { type Placement, placeThreads } from "./placement.ts";
import { type Prepared, subscriberProgram } from "./prepare.ts";

/** Events a second. */
export const FRESH_RATE = 10_000;
/** Events in the first 300 ms, and in the first second: that is when they are made, not when they arrive. */
const FIRST = 3_000;
const ALL = 10_000;

/** Milliseconds for the handler to listen, and for its subscriber to connect. */
const TIMEOUT_MS = 20_000;
const LOOK_MS = 10;
/** Milliseconds from then on in which the subscription gets there. Only an event could tell that it has. */
const SUBSCRIBED_MS = 300;

/** One start. */
export interface FreshSample {
  readonly lost: number;
  readonly first_300_ms: Latency;
  readonly first_second: Latency;
}

/** Starts a Janus, has its first events made, and ends it. @throws {Error} when nothing comes */
export async function measureFresh(
  contestant: Contestant,
  prepared: Prepared,
  placement: Placement,
): Promise<FreshSample> {
  await using stack = new AsyncDisposableStack();
  const [port = 0] = freePorts(1);
  const place = contestant.place(port, prepared.filters.slice(0, contestant.filters));
  const { backend, title } = contestant;
  if (backend === undefined || place.address === undefined) {
    throw new TypeError(`Cannot measure ${title} just started: nobody can subscribe to it`);
  }
  const library = prepared.libraries.get(contestant)!;
  const { generator } = prepared;
  const janus = stack.use(
    await GeneratingJanus.start({ handler: contestant, library, generator, place, port }),
  );
  const listening = async () => (await listeners()).some((one) => one.port === port);
  await until(listening, `Cannot measure ${title}: it doesn't listen`);
  const program = subscriberProgram(backend);
  const subscriber = stack.use(await LineProcess.start(program, [place.address]));
  const connected = async () => hasConnection(await Deno.readTextFile("/proc/net/tcp"), port);
  await until(connected, `Cannot measure ${title}: its subscriber can't connect`);
  await sleep(SUBSCRIBED_MS);
  await placeThreads(janus.pid, placement);
  const [{ sent }, [reception]] = await janus.run([subscriber], {
    ...{ count: ALL, rate: FRESH_RATE },
    parts: [[0, FIRST], [0, ALL]],
  });
  const { received, parts: [first, all] } = reception!;
  if (received === 0) throw new Error(`Cannot measure ${title} just started: no event came`);
  return { lost: sent - received, first_300_ms: first!, first_second: all! };
}

/** True if a port of ours has a connection, in the text of `/proc/net/tcp`. */
export function hasConnection(text: string, port: number): boolean {
  return text.split("\n").slice(1).some((line) => {
    const [, local = "", , state] = line.trim().split(/\s+/);
    // 01 is TCP_ESTABLISHED in the kernel's include/net/tcp_states.h.
    return state === "01" && parseInt(local.split(":")[1] ?? "", 16) === port;
  });
}

async function until(condition: () => Promise<boolean>, otherwise: string): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  while (!await condition()) {
    if (performance.now() > end) throw new Error(otherwise);
    await sleep(LOOK_MS);
  }
}
