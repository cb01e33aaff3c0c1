/** Compiles what the benchmark is made of, and finds out what can be compared here. */
import { BENCH_SOURCES, compileProgram, type Needs } from "../frame/compile.ts";
import type { Choice } from "../frame/contestants.ts";
import {
  backendSource,
  chooseHandlers,
  compileGenerator,
  compileSubscriber,
  RABBITMQ,
  SUBSCRIBER,
  WORK_FOLDER,
} from "../events/prepare.ts";
import { type Contestant, CONTESTANTS, type EngineKey } from "./contestants.ts";

const HERE = `${BENCH_SOURCES}/stream`;
const NATS = `${HERE}/nats.c`;

/** What is there to compare. */
export interface Prepared extends Choice<Contestant> {
  /** The plugin that makes the events. */
  readonly generator: string;
}

/** The writer that takes events from a backend. */
export function writerProgram(backend: string): string {
  return `${WORK_FOLDER}/writer-${backend}`;
}

/** The consumer of an engine's stream. */
export function consumerProgram(engine: EngineKey): string {
  return `${WORK_FOLDER}/consumer-${engine}`;
}

/** Compiles. @throws {Error} with the compiler's words, or when our handler isn't built */
export async function prepare(): Promise<Prepared> {
  const choice = await chooseHandlers(CONTESTANTS);
  for (const { backend, needs, engine, writer } of choice.contestants) {
    if (backend !== undefined && writer === true) await compileWriter(backend, needs);
    else if (backend !== undefined) await compileSubscriber(backend, needs);
    if (engine !== undefined) await compileConsumer(engine);
  }
  return { ...choice, generator: await compileGenerator() };
}

async function compileWriter(backend: string, needs: Needs): Promise<void> {
  const sources = [`${HERE}/writer.c`, NATS, backendSource(backend)];
  await compileProgram(writerProgram(backend), sources, needs.map(([module]) => module));
}

async function compileConsumer(engine: EngineKey): Promise<void> {
  const connection = engine === "rabbitmq" ? RABBITMQ : NATS;
  const sources = [SUBSCRIBER, `${HERE}/subscriber_${engine}.c`, connection];
  const modules = engine === "rabbitmq" ? ["librabbitmq"] : [];
  await compileProgram(consumerProgram(engine), sources, modules);
}
