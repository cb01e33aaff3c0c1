/**
 * What is sent, made into frames.
 *
 * @module
 */

/**
 * What can be sent as a frame: bytes, text (as UTF-8), a number (as text), or null (empty). In
 * JavaScript, anything else is sent as the text that `String()` makes of it.
 */
export type MessageLike =
  | ArrayBufferView
  | ArrayBuffer
  | SharedArrayBuffer
  | string
  | number
  | null;

const encoder = new TextEncoder();
const EMPTY = new Uint8Array(0);

function toFrame(message: unknown): Uint8Array<ArrayBuffer> {
  if (message instanceof Uint8Array && message.buffer instanceof ArrayBuffer) {
    return message as Uint8Array<ArrayBuffer>;
  }
  if (typeof message === "string") return encoder.encode(message);
  if (message === null) return EMPTY;
  if (message instanceof ArrayBuffer) return new Uint8Array(message);
  if (ArrayBuffer.isView(message)) {
    const view = new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
    return view.buffer instanceof ArrayBuffer
      ? view as Uint8Array<ArrayBuffer>
      : new Uint8Array(view);
  }
  if (message instanceof SharedArrayBuffer) return new Uint8Array(new Uint8Array(message));
  return encoder.encode(String(message));
}

/** The frames of a message. @throws {TypeError} if it has none */
export function toFrames(message: unknown): Uint8Array<ArrayBuffer>[] {
  if (message === undefined) throw new TypeError("Cannot send undefined: a message is needed");
  if (!Array.isArray(message)) return [toFrame(message)];
  if (message.length === 0) throw new TypeError("Cannot send a message without frames");
  return message.map(toFrame);
}
