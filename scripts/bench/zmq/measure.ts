/** Who is compared in what, and one measurement of one of them. */
import { Belongings, type Process } from "../../lib/belongings.ts";
import { freePorts } from "../../lib/ports.ts";
import { PROJECT_ROOT } from "../../lib/project.ts";
import { capture, exists, runVisibly } from "../../lib/run.ts";

const FOLDER = `${PROJECT_ROOT}/build/bench`;
const HERE = `${PROJECT_ROOT}/scripts/bench/zmq`;
const PEER = `${FOLDER}/peer`;
const NPM_FOLDER = `${PROJECT_ROOT}/.deno/npm-zeromq-6.8.0`;
const NPM_MODULE = `${NPM_FOLDER}/node_modules/zeromq/lib/index.js`;

/** One of those who are compared. */
export interface Candidate {
  readonly name: string;
  /** True for who needs more small messages: so many are over before the machine code is made. */
  readonly fast?: boolean;
  command(...args: string[]): string[];
}

const deno = (...args: string[]) => [Deno.execPath(), "run", "-A", "--no-check", ...args];

/** Who is compared; the others' times are told as multiples of the first one's. */
export const CANDIDATES: readonly Candidate[] = [
  { name: "C", fast: true, command: (...args) => [PEER, ...args] },
  { name: "thin", fast: true, command: (...args) => deno(`${HERE}/thin.ts`, ...args) },
  {
    name: "public",
    command: (...args) => deno(`${HERE}/binding.mjs`, `${PROJECT_ROOT}/ffi/zmq/mod.ts`, ...args),
  },
  {
    name: "npm on Node",
    command: (...args) => ["node", `${HERE}/binding.mjs`, NPM_MODULE, ...args],
  },
  {
    name: "npm on Deno",
    command: (...args) => deno("--no-lock", `${HERE}/binding.mjs`, "npm:zeromq@6.8.0", ...args),
  },
];

/** Something that is measured. */
export interface Measurement {
  readonly name: string;
  readonly role: "roundtrip" | "sink" | "push" | "fresh";
  /** What the C peer does meanwhile. */
  readonly peer: "echo" | "source" | "drain";
  readonly size: number;
  /** How many in all, and for who is fast; the first third is to warm up. */
  readonly count: number;
  readonly fastCount?: number;
  /** The cores of the candidate and of the peer. */
  readonly cores: readonly [number, number];
}

const receive = { role: "sink", peer: "source", cores: [0, 1] } as const;
const send = { role: "push", peer: "drain", cores: [0, 1] } as const;
const trip = { role: "roundtrip", peer: "echo", size: 64, count: 30_000 } as const;

/**
 * What is measured. A round trip takes most of its time to wake a core up that has nothing to do,
 * above all in a virtual machine: so it is measured on one core as well, where that falls away.
 */
export const MEASUREMENTS: readonly Measurement[] = [
  { name: "round trip, 64 B, one core", ...trip, cores: [0, 0] },
  { name: "round trip, 64 B, two cores", ...trip, cores: [0, 1] },
  { name: "receive, 1 B", ...receive, size: 1, count: 600_000, fastCount: 6_000_000 },
  { name: "receive, 256 B", ...receive, size: 256, count: 400_000, fastCount: 2_000_000 },
  { name: "receive, 64 KiB", ...receive, size: 65_536, count: 10_000 },
  { name: "send, 1 B", ...send, size: 1, count: 600_000, fastCount: 6_000_000 },
  { name: "send, 256 B", ...send, size: 256, count: 400_000, fastCount: 2_000_000 },
  { name: "send, 64 KiB, the same again", ...send, size: 65_536, count: 10_000 },
  { name: "send, 64 KiB, others each", ...send, role: "fresh", size: 65_536, count: 10_000 },
];

/** Longer than this (ms) takes only who is stuck. */
export const LIMIT = 20_000;

let pinned = false;

/** Compiles the peer and installs npm's zeromq. @throws {Error} when either can't be done */
export async function prepare(): Promise<void> {
  // Where the scheduler puts the two decides more than what they do.
  pinned = navigator.hardwareConcurrency > 1 &&
    (await capture("taskset", ["-c", "0,1", "true"]))?.code === 0;
  await Deno.mkdir(FOLDER, { recursive: true });
  await must("cc", ["-O2", "-Wall", "-o", PEER, `${HERE}/peer.c`, "-lzmq"], PROJECT_ROOT);
  if (await exists(NPM_MODULE)) return;
  await Deno.mkdir(NPM_FOLDER, { recursive: true });
  await Deno.writeTextFile(`${NPM_FOLDER}/package.json`, '{"private":true,"type":"module"}');
  const args = ["install", "--silent", "--no-audit", "--no-fund", "zeromq@6.8.0"];
  await must("npm", args, NPM_FOLDER);
}

async function must(command: string, args: string[], cwd: string): Promise<void> {
  const code = await runVisibly(command, args, cwd);
  if (code !== 0) throw new Error(`Cannot run ${command} ${args.join(" ")}: it ended with ${code}`);
}

function spawn(own: Belongings, core: number, command: readonly string[]): Promise<Process> {
  const pinning = pinned ? ["taskset", "-c", String(core)] : [];
  return own.start([...pinning, ...command], { stdout: "piped", stderr: "inherit" });
}

/** Nanoseconds per message or round trip. */
export interface Sample {
  readonly time: number;
  /** How long the candidate's threads had a processor meanwhile. */
  readonly cpu: number;
}

/** Measures once; null if the candidate didn't get there in time. */
export async function measure(
  candidate: Candidate,
  { name, role, peer, size, cores, ...counts }: Measurement,
  interruption: AbortSignal,
): Promise<Sample | null> {
  const count = candidate.fast && counts.fastCount || counts.count;
  const address = `tcp://127.0.0.1:${freePorts(1)[0]}`;
  const args = [address, String(count), String(size)];
  await using own = new Belongings();
  const other = await spawn(own, cores[1], [PEER, peer, ...args]);
  const child = await spawn(own, cores[0], candidate.command(role, ...args));
  const stop = () => void own.end(child);
  const timer = setTimeout(stop, LIMIT);
  interruption.addEventListener("abort", stop);
  const { code, signal, stdout } = await child.output();
  interruption.removeEventListener("abort", stop);
  clearTimeout(timer);
  interruption.throwIfAborted();
  if (peer === "echo" || code !== 0) await own.end(other);
  await other.output();
  if (signal === "SIGKILL") return null;
  const text = new TextDecoder().decode(stdout).trim();
  if (code !== 0 || !/^\d+ \d+$/.test(text)) {
    throw new Error(`Cannot measure "${name}" of ${candidate.name}: ${code}, "${text}"`);
  }
  const [time, cpu] = text.split(" ").map((sum) => Number(sum) / (count - Math.floor(count / 3)));
  return { time: time!, cpu: cpu! };
}
