/** Lines for Janus's log, sent up the ring. @module */
import { Up } from "../../ffi/bridge/layout.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import { type Log, LogLevel } from "../janus/log.ts";

const MAX_LINE_BYTES = 7000;

/** A log that Janus's side writes. A line that finds the ring full is lost. */
export function createLog(link: Link): Log {
  const encoder = new TextEncoder();
  const bytes = new Uint8Array(new ArrayBuffer(MAX_LINE_BYTES));
  const write = (level: number, text: string) => {
    for (const line of text.split("\n")) {
      const { written } = encoder.encodeInto(line, bytes); // whole characters only
      link.push(Up.log, level, 0, 0, bytes, written);
    }
  };
  return {
    error: (text) => write(LogLevel.error, text),
    warning: (text) => write(LogLevel.warning, text),
    info: (text) => write(LogLevel.info, text),
    verbose: (text) => write(LogLevel.verbose, text),
  };
}
