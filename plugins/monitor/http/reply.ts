/** What is answered, and how it gets to whoever asked: within a time, or not at all. @module */
import type { ServerResponse } from "node:http";

/** Who takes nothing for so long (ms) is cut. */
export const UNREAD_MS = 30_000;

/** Bytes that are written at a time. */
const PIECE = 65_536;

type Bytes = Uint8Array<ArrayBuffer>;

/** An answer. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream goes on for as long as it is read. */
  readonly body: string | Bytes | ReadableStream<Bytes>;
}

/** Sends an answer; without its body if that was not asked for. */
export async function sendReply(
  response: ServerResponse,
  { status, headers, body }: Reply,
  withBody: boolean,
  unread: number = UNREAD_MS,
): Promise<void> {
  if (body instanceof ReadableStream) {
    response.writeHead(status, headers);
    await follow(response, body, unread);
    return;
  }
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  response.writeHead(status, { ...headers, "content-length": String(bytes.length) });
  if (withBody) await write(response, bytes, unread);
  response.end();
}

/** Hands on a stream, until one of both ends. */
async function follow(
  response: ServerResponse,
  stream: ReadableStream<Bytes>,
  unread: number,
): Promise<void> {
  const reader = stream.getReader();
  response.once("close", () => void reader.cancel().catch(() => {}));
  // Now, not with the first frame: the reader is to know that it is connected.
  response.flushHeaders();
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined || !(await write(response, value, unread))) break;
  }
  response.end();
}

/** Writes piece by piece, by which it shows that some of it is taken. @returns false if nobody is there */
async function write(response: ServerResponse, bytes: Bytes, unread: number): Promise<boolean> {
  for (let at = 0; at < bytes.length && !response.destroyed; at += PIECE) {
    if (response.write(bytes.subarray(at, at + PIECE))) continue;
    const { promise, resolve } = Promise.withResolvers<void>();
    const goOn = () => resolve();
    const timer = setTimeout(() => response.destroy(), unread);
    response.once("drain", goOn).once("close", goOn);
    await promise;
    clearTimeout(timer);
    response.off("drain", goOn).off("close", goOn);
  }
  return !response.destroyed;
}
