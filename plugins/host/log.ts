/** Lines for Janus's log, sent up the ring. @module */
import { Up } from "../../ffi/bridge/layout.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import { type Log, LogLevel } from "../janus/log.ts";
import { printable } from "../janus/printable.ts";

const MAX_LINE_BYTES = 7000;

/** A log that Janus's side writes. Lines that find the ring full are lost, and counted. */
export function createLog(link: Link): Log {
  const encoder = new TextEncoder();
  const bytes = new Uint8Array(new ArrayBuffer(MAX_LINE_BYTES));
  let lost = 0;
  const push = (level: number, line: string) => {
    const { written } = encoder.encodeInto(printable(line), bytes); // whole characters only
    return link.push(Up.log, level, 0, 0, bytes, written) === "pushed";
  };
  const tellLost = () =>
    push(LogLevel.warning, `${lost} lines of the log were lost before this one`);
  const write = (level: number, text: string) => {
    for (const line of text.split("\n")) {
      if (lost > 0 && tellLost()) lost = 0;
      if (lost > 0 || !push(level, line)) lost++;
    }
  };
  return {
    error: (text) => write(LogLevel.error, text),
    warning: (text) => write(LogLevel.warning, text),
    info: (text) => write(LogLevel.info, text),
    verbose: (text) => write(LogLevel.verbose, text),
  };
}
