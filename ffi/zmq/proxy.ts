/**
 * Proxies: two sockets whose messages are handed on from one to the other.
 *
 * @module
 */
import { checkCount } from "./checks.ts";
import { Errno, Flag, Option, SocketType } from "./constants.ts";
import { ZmqError } from "./error.ts";
import { cString } from "./library.ts";
import { checkSocket, nativeOf } from "./handles.ts";
import type { NativeSocket } from "./native.ts";
import type { NativeContext } from "./native_context.ts";
import type { Socket } from "./socket.ts";
import type { ThinSocket } from "./thin_socket.ts";
import type { WaitOptions } from "./waits.ts";

let proxies = 0;

/**
 * Hands messages on between two sockets (`zmq_proxy_steerable`), on a thread of its own: a queue
 * (`Router`, `Dealer`), a forwarder (`XSubscriber`, `XPublisher`) or a streamer (`Pull`, `Push`).
 * The sockets must be bound or connected first, and can't be used while it runs. A proxy runs once.
 *
 * @example
 * ```ts
 * import { Proxy, Pull, Push } from "@janus-zeromq/zmq";
 *
 * const [front, back] = [new Pull(), new Push({ linger: 0 })];
 * await front.bind("tcp://127.0.0.1:*");
 * await back.bind("tcp://127.0.0.1:*");
 * const proxy = new Proxy(front, back);
 * const running = proxy.run();
 * proxy.terminate();
 * await running;
 * ```
 */
export class Proxy<F extends Socket = Socket, B extends Socket = Socket> {
  /** Where messages come from. */
  readonly frontEnd: F;
  /** Where they go. */
  readonly backEnd: B;
  #control: ThinSocket | undefined;

  /**
   * Joins two sockets; see {@linkcode run}.
   *
   * @param frontEnd where messages come from
   * @param backEnd where they go; what it receives goes to the front end
   * @throws {TypeError} if one of them is no socket
   */
  constructor(frontEnd: F, backEnd: B) {
    checkCount(arguments.length, 2);
    checkSocket(frontEnd, "Front end");
    checkSocket(backEnd, "Back end");
    this.frontEnd = frontEnd;
    this.backEnd = backEnd;
  }

  /**
   * Runs the proxy until {@linkcode terminate}, the end of the context, or the signal. Both
   * sockets are closed after. Keeps the program running; `Deno.exit()` doesn't wait for what the
   * context has left to send then.
   *
   * @throws {ZmqError} at once: EINVAL if a socket is neither bound nor connected, EBUSY if one is
   * in use; as a rejection: ETERM when the context ends
   */
  run(options?: WaitOptions): Promise<void> {
    const [front, back] = [nativeOf(this.frontEnd), nativeOf(this.backEnd)];
    checkEnd(front, "front end");
    checkEnd(back, "back end");
    const signal = options?.signal;
    return signal?.aborted ? Promise.reject(signal.reason) : this.#start(front, back, signal);
  }

  async #start(front: NativeSocket, back: NativeSocket, signal?: AbortSignal): Promise<void> {
    const [inner, outer] = openControl(front.context);
    this.#control = outer;
    const abort = () => this.terminate();
    signal?.addEventListener("abort", abort, { once: true });
    for (const native of [front, back]) native.lend();
    try {
      await this.#run(front.thin, back.thin, inner);
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#control = undefined;
      inner.close();
      outer.close();
      for (const native of [front, back]) native.release();
      this.frontEnd.close();
      this.backEnd.close();
    }
    signal?.throwIfAborted();
  }

  async #run(front: ThinSocket, back: ThinSocket, control: ThinSocket): Promise<void> {
    const { library } = front;
    for (;;) {
      const result = await library.symbols.zmq_proxy_steerable_async(
        front.pointer,
        back.pointer,
        null,
        control.pointer,
      );
      if (result === 0) return;
      // The errno is the other thread's: the context has ended, or a signal came.
      if (front.events() === -1 && library.errno() === Errno.ETERM) {
        throw library.error("Cannot go on with the proxy", undefined, Errno.ETERM);
      }
    }
  }

  /** Stops handing on for a while; what comes meanwhile is kept. @throws {ZmqError} EBADF if it doesn't run */
  pause(): void {
    this.#command("PAUSE");
  }

  /** Goes on after {@linkcode pause}. @throws {ZmqError} EBADF if it doesn't run */
  resume(): void {
    this.#command("RESUME");
  }

  /** Ends the proxy. @throws {ZmqError} EBADF if it doesn't run */
  terminate(): void {
    this.#command("TERMINATE");
  }

  #command(command: string): void {
    const action = `Cannot ${command.toLowerCase()} the proxy`;
    if (!this.#control) throw new ZmqError(action, Errno.EBADF, "It is not running");
    if (this.#control.send(cString(command).subarray(0, -1), Flag.DONTWAIT) < 0) {
      throw this.#control.library.error(action);
    }
  }
}

function checkEnd(native: NativeSocket, name: string): void {
  const action = "Cannot run the proxy";
  if (native.endpoints === 0) {
    throw new ZmqError(action, Errno.EINVAL, `The ${name} is neither bound nor connected`);
  }
  native.check(action);
  native.checkIdle(action);
}

// Two ends of a pair: one for the thread, one for us.
function openControl(context: NativeContext): [ThinSocket, ThinSocket] {
  const address = `inproc://zmq.proxy.${++proxies}`;
  const inner = context.thin.socket(SocketType.PAIR);
  const outer = context.thin.socket(SocketType.PAIR);
  for (const socket of [inner, outer]) socket.setInt(Option.LINGER, 0);
  inner.bind(address);
  outer.connect(address);
  return [inner, outer];
}
