/**
 * `deno task bench:zmq`: round trips and throughput of the thin and the public layer, against C on
 * libzmq and npm's zeromq on Node and on Deno. The peer is always C, over TCP on loopback.
 *
 * The machine's speed drifts while this runs: so the candidates take turns, in many short rounds,
 * and what is shown is the median, with the best beside it.
 *
 * Options: `--rounds=15`, `--only=roundtrip|receive|send`, `--quick`.
 */
import { parseArgs } from "@std/cli/parse-args";

const ROOT = decodeURIComponent(new URL("../../../", import.meta.url).pathname);
const HERE = decodeURIComponent(new URL("./", import.meta.url).pathname);
const FOLDER = `${ROOT}build/bench`;
const NPM_FOLDER = `${ROOT}.deno/npm-zeromq-6.8.0`;
const NPM_MODULE = `${NPM_FOLDER}/node_modules/zeromq/lib/index.js`;

interface Candidate {
  name: string;
  command(role: string, address: string, count: number, size: number): string[];
}

const deno = (...args: string[]) => [Deno.execPath(), "run", "-A", "--no-check", ...args];

const CANDIDATES: Candidate[] = [
  { name: "C", command: (...args) => [`${FOLDER}/peer`, ...args.map(String)] },
  { name: "thin", command: (...args) => deno(`${HERE}thin.ts`, ...args.map(String)) },
  {
    name: "public",
    command: (...args) => deno(`${HERE}binding.mjs`, `${ROOT}ffi/zmq/mod.ts`, ...args.map(String)),
  },
  {
    name: "npm, Node",
    command: (...args) => ["node", `${HERE}binding.mjs`, NPM_MODULE, ...args.map(String)],
  },
  {
    name: "npm, Deno",
    command: (...args) =>
      deno("--no-lock", `${HERE}binding.mjs`, "npm:zeromq@6.8.0", ...args.map(String)),
  },
];

interface Measurement {
  name: string;
  role: "roundtrip" | "sink" | "push";
  /** What the C peer does meanwhile. */
  peer: "echo" | "source" | "drain";
  size: number;
  count: number;
}

const MEASUREMENTS: Measurement[] = [
  { name: "roundtrip", role: "roundtrip", peer: "echo", size: 64, count: 15_000 },
  { name: "receive", role: "sink", peer: "source", size: 1, count: 300_000 },
  { name: "receive", role: "sink", peer: "source", size: 256, count: 300_000 },
  { name: "receive", role: "sink", peer: "source", size: 65_536, count: 6_000 },
  { name: "send", role: "push", peer: "drain", size: 1, count: 300_000 },
  { name: "send", role: "push", peer: "drain", size: 256, count: 300_000 },
  { name: "send", role: "push", peer: "drain", size: 65_536, count: 6_000 },
];

function spawn(command: string[]): Deno.ChildProcess {
  return new Deno.Command(command[0]!, {
    args: command.slice(1),
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function must(command: string[], cwd?: string): Promise<void> {
  const child = new Deno.Command(command[0]!, {
    args: command.slice(1),
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
  });
  const { code } = await child.spawn().status;
  if (code !== 0) throw new Error(`Cannot run ${command.join(" ")}: it ended with code ${code}`);
}

async function prepare(): Promise<void> {
  if (navigator.hardwareConcurrency > 1) {
    try {
      pinned =
        (await new Deno.Command("taskset", { args: ["-c", "0,1", "true"] }).output()).success;
    } catch {
      // Not there: the numbers are less steady.
    }
  }
  await Deno.mkdir(FOLDER, { recursive: true });
  await must(["cc", "-O2", "-Wall", "-o", `${FOLDER}/peer`, `${HERE}peer.c`, "-lzmq"]);
  try {
    await Deno.stat(NPM_MODULE);
  } catch {
    await Deno.mkdir(NPM_FOLDER, { recursive: true });
    await Deno.writeTextFile(`${NPM_FOLDER}/package.json`, '{"private":true,"type":"module"}');
    await must(
      ["npm", "install", "--silent", "--no-audit", "--no-fund", "zeromq@6.8.0"],
      NPM_FOLDER,
    );
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

const LIMIT = 20_000;

let pinned = false;

/** Keeps a program on one core: where the scheduler puts the two decides more than what they do. */
function pin(core: number, command: string[]): string[] {
  return pinned ? ["taskset", "-c", String(core), ...command] : command;
}

/** Nanoseconds per message or round trip; null if it didn't get there in time. */
async function measure(candidate: Candidate, measurement: Measurement): Promise<number | null> {
  const { role, peer: peerRole, size, count } = measurement;
  const address = `tcp://127.0.0.1:${freePort()}`;
  const peer = spawn(pin(1, [`${FOLDER}/peer`, peerRole, address, ...[count, size].map(String)]));
  const child = spawn(pin(0, candidate.command(role, address, count, size)));
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
  const { code, signal, stdout } = await child.output();
  clearTimeout(timer);
  if (peerRole === "echo" || code !== 0) {
    try {
      peer.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  await peer.output();
  if (signal === "SIGKILL") return null;
  const text = new TextDecoder().decode(stdout).trim();
  if (code !== 0 || !/^\d+$/.test(text)) {
    throw new Error(`Cannot measure ${measurement.name} of ${candidate.name}: ${code}, "${text}"`);
  }
  return Number(text) / (role === "roundtrip" ? count : count - 1);
}

function median(numbers: number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}

function show(role: string, nanoseconds: number): string {
  if (role === "roundtrip") return `${(nanoseconds / 1e3).toFixed(1)} us`;
  return `${Math.round(1e9 / nanoseconds / 1e3)} k/s`;
}

async function run(measurement: Measurement): Promise<void> {
  const results = CANDIDATES.map((): number[] => []);
  const stuck = new Set<number>();
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < CANDIDATES.length; index++) {
      // Each starts a round in turn: who comes after a pause has it easier.
      const turn = (index + round) % CANDIDATES.length;
      if (stuck.has(turn)) continue;
      const time = await measure(CANDIDATES[turn]!, measurement);
      if (time === null) stuck.add(turn);
      else results[turn]!.push(time);
    }
  }
  console.log(`\n${measurement.name}, ${measurement.size} bytes (median of ${rounds}; best; to C)`);
  results.forEach((times, index) => {
    const name = CANDIDATES[index]!.name.padEnd(10);
    if (stuck.has(index)) return console.log(`  ${name}  stuck: no result in ${LIMIT / 1000} s`);
    const ratios = times.map((time, round) => time / results[0]![round]!);
    console.log(
      `  ${name}${show(measurement.role, median(times)).padStart(12)}` +
        `${show(measurement.role, Math.min(...times)).padStart(12)}` +
        `${median(ratios).toFixed(2).padStart(8)}`,
    );
  });
}

const options = parseArgs(Deno.args, {
  string: ["rounds", "only"],
  boolean: ["quick"],
}) as { rounds?: string; only?: string; quick?: boolean };
const rounds = Number(options.rounds ?? (options.quick ? 3 : 15));
await prepare();
for (const measurement of MEASUREMENTS) {
  if (options.only && options.only !== measurement.name) continue;
  await run(measurement);
}
