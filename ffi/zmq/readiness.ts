/**
 * Waiting for a socket's descriptor (`ZMQ_FD`) without blocking the event loop and without a
 * thread per socket.
 *
 * A {@linkcode Readiness} is armed for one wake-up at a time and keeps the program alive only
 * while it is armed. There are two kinds:
 *
 * - On Linux `ZMQ_FD` is an eventfd, and Deno's event loop can watch one through the handle that
 *   `node:net` has for pipes. Nothing but the kernel stands between libzmq and the event loop.
 * - Elsewhere, and on a Deno without that handle, one thread polls all descriptors that are waited
 *   for; a pipe interrupts it when that set changes. It runs only while someone waits.
 *
 * @module
 */
import process from "node:process";
import type { Library } from "./library.ts";

/** One socket's wake-ups. */
export interface Readiness {
  /** Wakes up once, when the descriptor becomes readable. Does nothing if armed already. */
  arm(): void;
  /** Takes {@linkcode arm} back: no wake-up will come. */
  disarm(): void;
  /** Takes {@linkcode arm} back and keeps its hands off the descriptor until armed again. */
  pause(): void;
  /** Releases what it holds. Call it before the socket is closed. */
  close(): void;
}

const SYMBOLS = {
  // int pipe (int fds[2]);
  pipe: { parameters: ["buffer"], result: "i32" },
  // int close (int fd);
  close: { parameters: ["i32"], result: "i32" },
  // ssize_t read (int fd, void *buf, size_t count);
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  // ssize_t write (int fd, const void *buf, size_t count);
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  // int fcntl (int fd, int cmd, ... /* int arg */);
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // int getsockopt (int fd, int level, int optname, void *optval, socklen_t *optlen);
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type System = Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;

const systems = new Map<Library, System>();

// The C library's own functions, found through libzmq's dependencies.
function systemOf(library: Library): System {
  let system = systems.get(library);
  if (!system) systems.set(library, system = Deno.dlopen(library.path, SYMBOLS).symbols);
  return system;
}

/** The part that is used of the handle of a pipe in `node:net`. */
interface PipeHandle {
  open(fd: number): number;
  readStart(): number;
  readStop(): number;
  useUserBuffer(into: Uint8Array): void;
  ref(): void;
  unref(): void;
  close(): void;
  onread: () => void;
}

let pipeHandle: (new (type: number) => PipeHandle) | null | undefined;

/** What {@linkcode createReadiness} takes: for tests, and to get around a fault. */
export const readinessKind: { force?: "thread" } = {};

function findPipeHandle(): typeof pipeHandle {
  if (pipeHandle !== undefined) return pipeHandle;
  pipeHandle = null;
  // Before 2.9 the handle took no descriptor, or read it in other ways.
  const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  if (Deno.build.os !== "linux" || major < 2 || (major === 2 && minor < 9)) return null;
  try {
    const { binding } = process as unknown as {
      binding(name: string): { Pipe?: new (type: number) => PipeHandle };
    };
    const { Pipe } = binding("pipe_wrap");
    const { open, useUserBuffer } = Pipe?.prototype ?? {};
    if (Pipe && open && useUserBuffer) pipeHandle = Pipe;
  } catch {
    // Not there: the thread does it.
  }
  return pipeHandle;
}

const SOL_SOCKET = 1;
const SO_TYPE = 3;
const F_DUPFD_CLOEXEC = 1030;

// libzmq signals by an eventfd. Where it was built without, it uses a pair of sockets.
function isEventDescriptor(system: System, fd: number): boolean {
  const size = new Uint32Array([4]);
  return system.getsockopt(fd, SOL_SOCKET, SO_TYPE, new Uint32Array(1), size) !== 0;
}

/**
 * Watches a descriptor that libzmq gave.
 *
 * @param wake called once for each time it was armed, maybe without cause; must ask libzmq for the
 * socket's events, or try what is waited for
 */
export function createReadiness(library: Library, fd: number, wake: () => void): Readiness {
  const system = systemOf(library);
  const Pipe = readinessKind.force ? null : findPipeHandle();
  if (Pipe && isEventDescriptor(system, fd)) {
    const copy = system.fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy >= 0) {
      const handle = new Pipe(0);
      if (handle.open(copy) === 0) {
        const fallback = () => new ThreadReadiness(threadOf(library, system), fd, wake);
        return new HandleReadiness(system, handle, fd, wake, fallback);
      }
      system.close(copy);
    }
  }
  return new ThreadReadiness(threadOf(library, system), fd, wake);
}

/**
 * Watches through the event loop itself.
 *
 * The event loop reads the eventfd, which sets its count to zero. libzmq would then miss its own
 * signal: so the count is written back at once. Now `wake` must make libzmq read it, or the loop
 * would find it again and again. The handle goes on reading between waits, which is cheaper than to
 * start and stop, until a signal comes that nobody waits for.
 */
class HandleReadiness implements Readiness {
  readonly #handle: PipeHandle;
  readonly #makeFallback: () => Readiness;
  #fallback: Readiness | undefined;
  #armed = false;
  #reading = false;
  #closed = false;

  constructor(
    system: System,
    handle: PipeHandle,
    fd: number,
    wake: () => void,
    makeFallback: () => Readiness,
  ) {
    this.#handle = handle;
    this.#makeFallback = makeFallback;
    handle.unref();
    // Read into by the handle; an eventfd's count is never zero when it can be read.
    const count = new Uint8Array(new ArrayBuffer(8));
    const value = new BigUint64Array(count.buffer);
    handle.useUserBuffer(count);
    handle.onread = () => {
      if (value[0] === 0n) return this.#fallBack();
      system.write(fd, count, 8n);
      value[0] = 0n;
      if (!this.#armed) return this.#stop();
      this.disarm();
      wake();
    };
  }

  // Not what an eventfd gives: trying on could spin.
  #fallBack(): void {
    const armed = this.#armed;
    this.close();
    this.#fallback = this.#makeFallback();
    if (armed) this.#fallback.arm();
  }

  arm(): void {
    if (this.#fallback) return this.#fallback.arm();
    if (this.#armed || this.#closed) return;
    this.#armed = true;
    this.#handle.ref();
    if (this.#reading) return;
    this.#reading = true;
    this.#handle.readStart();
  }

  disarm(): void {
    if (this.#fallback) return this.#fallback.disarm();
    if (!this.#armed) return;
    this.#armed = false;
    this.#handle.unref();
  }

  #stop(): void {
    if (!this.#reading) return;
    this.#reading = false;
    this.#handle.readStop();
  }

  pause(): void {
    this.disarm();
    this.#stop();
  }

  close(): void {
    this.disarm();
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    this.#handle.close();
  }
}

/** Watches through the one polling thread. */
class ThreadReadiness implements Readiness {
  readonly #thread: PollThread;
  readonly fd: number;
  readonly wake: () => void;

  constructor(thread: PollThread, fd: number, wake: () => void) {
    this.#thread = thread;
    this.fd = fd;
    this.wake = wake;
  }

  arm(): void {
    this.#thread.add(this);
  }

  disarm(): void {
    this.#thread.remove(this);
  }

  pause(): void {
    this.disarm();
  }

  close(): void {
    this.disarm();
  }
}

const threads = new Map<Library, PollThread>();

function threadOf(library: Library, system: System): PollThread {
  let thread = threads.get(library);
  if (!thread) threads.set(library, thread = new PollThread(library, system));
  return thread;
}

// zmq_pollitem_t on 64-bit POSIX: void *socket at 0, int fd at 8, short events at 12, revents at 14.
const ITEM_SIZE = 16;

/** Polls what is armed, on a thread of Deno's pool, for as long as anything is. */
class PollThread {
  readonly #library: Library;
  readonly #system: System;
  readonly #armed = new Set<ThreadReadiness>();
  readonly #byte = new Uint8Array(new ArrayBuffer(64));
  readonly #pipe = new Int32Array(2);
  #running = false;
  #interrupted = false;

  constructor(library: Library, system: System) {
    this.#library = library;
    this.#system = system;
    if (system.pipe(this.#pipe) !== 0) throw library.error("Cannot create a pipe");
  }

  add(readiness: ThreadReadiness): void {
    if (this.#armed.has(readiness)) return;
    this.#armed.add(readiness);
    if (this.#running) this.#interrupt();
    else this.#run();
  }

  remove(readiness: ThreadReadiness): void {
    if (this.#armed.delete(readiness)) this.#interrupt();
  }

  #interrupt(): void {
    if (!this.#running || this.#interrupted) return;
    this.#interrupted = true;
    this.#system.write(this.#pipe[1]!, this.#byte, 1n);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#armed.size > 0) {
      const watched = [...this.#armed];
      const items = new Uint8Array(new ArrayBuffer((watched.length + 1) * ITEM_SIZE));
      const view = new DataView(items.buffer);
      [this.#pipe[0]!, ...watched.map(({ fd }) => fd)].forEach((fd, index) => {
        view.setInt32(index * ITEM_SIZE + 8, fd, true);
        view.setInt16(index * ITEM_SIZE + 12, 1, true);
      });
      await this.#library.symbols.zmq_poll_async(items, watched.length + 1, -1n);
      if (view.getInt16(14, true) !== 0) {
        this.#system.read(this.#pipe[0]!, this.#byte, 64n);
        this.#interrupted = false;
      }
      watched.forEach((readiness, index) => {
        if (view.getInt16((index + 1) * ITEM_SIZE + 14, true) === 0) return;
        if (this.#armed.delete(readiness)) readiness.wake();
      });
    }
    this.#running = false;
  }
}
