/** Log lines from a worker to the host, through shared memory. @module */
import { LOG_BYTES, LOG_HEADER, padded, type SharedMemory, Word } from "./memory.ts";

const MAX_LINE = 2000;

/** The worker's end. A line that finds the ring full is counted and lost. */
export class LogWriter {
  readonly #memory: SharedMemory;
  readonly #encoder = new TextEncoder();

  constructor(memory: SharedMemory) {
    this.#memory = memory;
  }

  /** Writes a line. @param module counted from 0; -1 for none */
  write(level: number, module: number, text: string): void {
    const { control, log } = this.#memory;
    const bytes = this.#encoder.encode(text.slice(0, MAX_LINE));
    const head = Atomics.load(control, Word.logHead);
    const used = (head - Atomics.load(control, Word.logTail)) | 0;
    const size = LOG_HEADER + padded(bytes.length);
    if (used + size > LOG_BYTES) {
      Atomics.add(control, Word.logLost, 1);
      return;
    }
    const header = new Uint8Array(new Int32Array([bytes.length, level, module]).buffer);
    copyIn(log, head, header);
    copyIn(log, head + LOG_HEADER, bytes);
    Atomics.store(control, Word.logHead, head + size);
  }
}

function copyIn(ring: Uint8Array, at: number, bytes: Uint8Array): void {
  const begin = at & (LOG_BYTES - 1);
  const first = Math.min(bytes.length, LOG_BYTES - begin);
  ring.set(bytes.subarray(0, first), begin);
  ring.set(bytes.subarray(first), 0);
}

/** A line as it was written. */
export interface LoggedLine {
  readonly level: number;
  readonly module: number;
  readonly text: string;
}

const NOTHING = { lines: [], lost: 0 };

/** The host's end: takes all lines out, and how many were lost since the last time. */
export function readLog(memory: SharedMemory): { lines: LoggedLine[]; lost: number } {
  const { control, log } = memory;
  const lines: LoggedLine[] = [];
  const head = Atomics.load(control, Word.logHead);
  let tail = Atomics.load(control, Word.logTail);
  const lost = Atomics.load(control, Word.logLost);
  if (tail === head && lost === 0) return NOTHING;
  const decoder = new TextDecoder();
  while (tail !== head) {
    const left = (head - tail) | 0;
    const header = new Int32Array(copyOut(log, tail, LOG_HEADER).buffer);
    const [length = -1, level = 0, module = -1] = header;
    if (left < LOG_HEADER || left > LOG_BYTES || length < 0 || length > left - LOG_HEADER) {
      tail = head; // spoilt: what is in it cannot be read
      break;
    }
    const text = decoder.decode(copyOut(log, tail + LOG_HEADER, length));
    lines.push({ level, module, text });
    tail = (tail + LOG_HEADER + padded(length)) | 0;
  }
  Atomics.store(control, Word.logTail, tail);
  return { lines, lost: Atomics.exchange(control, Word.logLost, 0) };
}

function copyOut(ring: Uint8Array, at: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const begin = at & (LOG_BYTES - 1);
  const first = Math.min(length, LOG_BYTES - begin);
  bytes.set(ring.subarray(begin, begin + first), 0);
  bytes.set(ring.subarray(0, length - first), first);
  return bytes;
}
