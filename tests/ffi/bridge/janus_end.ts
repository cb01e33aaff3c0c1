/**
 * Janus's end of a link, for tests of the process's end: `tests/ffi/stub/peer.c`, which is the
 * stub's own code, compiled here.
 */
import { ABI_VERSION, Size } from "../../../ffi/bridge/layout.ts";
import { Link, type LinkSource } from "../../../ffi/bridge/link.ts";
import { Place } from "../../../plugins/janus/places.ts";

const SYMBOLS = {
  peer_create: { parameters: ["u32"], result: "pointer" },
  peer_destroy: { parameters: ["pointer"], result: "void" },
  peer_fd: { parameters: ["pointer", "u32"], result: "i32" },
  peer_renew: { parameters: ["pointer"], result: "void" },
  peer_stop: { parameters: ["pointer"], result: "void" },
  peer_write: { parameters: ["pointer", "buffer", "buffer", "u32"], result: "i32" },
  peer_take: { parameters: ["pointer", "buffer", "buffer", "u32"], result: "i32" },
  peer_down_used: { parameters: ["pointer"], result: "u32" },
  peer_up_used: { parameters: ["pointer"], result: "u32" },
  peer_busy: { parameters: ["pointer"], result: "u32" },
  peer_down_poke: { parameters: ["pointer", "u32", "u32"], result: "void" },
  peer_version_set: { parameters: ["pointer", "u32"], result: "void" },
  peer_status: { parameters: ["pointer", "buffer", "u32"], result: "i32" },
  peer_counter: { parameters: ["pointer", "u32"], result: "f64" },
  peer_refuse: { parameters: ["pointer", "u32", "u32"], result: "void" },
  peer_boot: { parameters: ["buffer", "u32"], result: "i32" },
  peer_woken: { parameters: ["pointer", "u32"], result: "u32" },
  peer_close: { parameters: ["i32"], result: "void" },
  peer_pipe: { parameters: ["buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const root = new URL("../../..", import.meta.url).pathname;
const EAGAIN = -11;

/** A record from the way up. */
export interface UpRecord {
  kind: number;
  flags: number;
  peer: number;
  request: number;
  text: string;
}

/** What may be said of a record for the way down. */
export interface DownFields {
  flags?: number;
  peer?: number;
  type?: number;
  subtype?: number;
  session?: bigint;
  request?: bigint;
  /** Bytes of the ring to leave free. */
  keep?: number;
}

/** What the process calls. */
const BRIDGE = ["link", "events", "process", "connection", "companion", "epoll"].map((name) =>
  `bridge_${name}`
);

/** Compiles the library. @returns where it is */
function compile(): string {
  Deno.mkdirSync(`${root}build/test`, { recursive: true });
  const path = Deno.makeTempFileSync({ dir: `${root}build/test`, prefix: "peer-", suffix: ".so" });
  const stub = `${root}ffi/stub`;
  const { success, stderr } = new Deno.Command(Deno.env.get("CC") ?? "cc", {
    args: [
      ..."-std=c11 -O1 -g -fPIC -shared -fvisibility=hidden -Wall -Wextra -Werror".split(" "),
      "-iquote",
      stub,
      ...["ring", "link", ...BRIDGE].map((name) => `${stub}/${name}.c`),
      `${root}tests/ffi/stub/peer.c`,
      "-o",
      path,
    ],
  }).outputSync();
  if (!success) throw new Error(`Cannot compile peer.c: ${new TextDecoder().decode(stderr)}`);
  return path;
}

/** The compiled library; one for a test file, opened before its tests and gone with the process. */
export class JanusLibrary {
  readonly path = compile();
  readonly symbols = Deno.dlopen(this.path, SYMBOLS).symbols;

  constructor() {
    globalThis.addEventListener("unload", () => Deno.removeSync(this.path));
  }

  /** Makes a link with a down ring of `ringBytes` and an up ring of a quarter of that. */
  open(ringBytes = 1 << 20): JanusEnd {
    return new JanusEnd(this, ringBytes);
  }
}

/** Janus's end of one link. */
export class JanusEnd {
  readonly library: JanusLibrary;
  readonly source: LinkSource;
  readonly #handle: Deno.PointerValue;
  readonly #record = new Uint8Array(new ArrayBuffer(Size.recordHeader));
  readonly #view = new DataView(this.#record.buffer);
  readonly #payload = new Uint8Array(new ArrayBuffer(1 << 20));

  constructor(library: JanusLibrary, ringBytes: number) {
    this.library = library;
    const { symbols } = library;
    const handle = this.#handle = symbols.peer_create(ringBytes);
    if (handle === null) throw new Error("Cannot create a link");
    const [memory, wakeChild, wakeJanus] = [0, 1, 2].map((which) =>
      symbols.peer_fd(handle, which)
    ) as [number, number, number];
    this.source = { library: library.path, memory, wakeChild, wakeJanus };
    symbols.peer_renew(handle);
  }

  /** Attaches a process. */
  attach(batch?: number): Link {
    return new Link(this.source, batch);
  }

  /** Readies the memory for the next process. */
  renew(): void {
    this.library.symbols.peer_renew(this.#handle);
  }

  /** Tells the process to stop. */
  stop(): void {
    this.library.symbols.peer_stop(this.#handle);
  }

  /** Writes a record down. @returns false if the ring is full */
  write(kind: number, payload: string | Uint8Array<ArrayBuffer>, fields: DownFields = {}): boolean {
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    const view = this.#view;
    view.setUint32(0, bytes.length, true);
    view.setUint16(4, kind, true);
    view.setUint16(6, fields.flags ?? 0, true);
    view.setUint32(8, fields.peer ?? 0, true);
    view.setUint16(12, fields.type ?? 0, true);
    view.setUint16(14, fields.subtype ?? 0, true);
    view.setBigUint64(16, fields.session ?? 0n, true);
    view.setBigUint64(24, fields.request ?? 0n, true);
    const { peer_write } = this.library.symbols;
    const result = peer_write(this.#handle, this.#record, bytes, fields.keep ?? 0);
    if (result < 0 && result !== EAGAIN) throw new Error(`Cannot write: error ${-result}`);
    return result === 0;
  }

  /** Takes the next record that was pushed up; null if there is none. */
  take(): UpRecord | null {
    const { peer_take } = this.library.symbols;
    const length = peer_take(this.#handle, this.#record, this.#payload, this.#payload.length);
    if (length === EAGAIN) return null;
    if (length < 0) throw new Error(`Cannot read the way up: error ${-length}`);
    const view = this.#view;
    return {
      kind: view.getUint16(4, true),
      flags: view.getUint16(6, true),
      peer: view.getUint32(8, true),
      request: Number(view.getBigUint64(24, true)),
      text: new TextDecoder().decode(this.#payload.subarray(0, length)),
    };
  }

  /** Takes all of them. */
  takeAll(): UpRecord[] {
    const records: UpRecord[] = [];
    for (let record = this.take(); record !== null; record = this.take()) records.push(record);
    return records;
  }

  /** Bytes in the down ring that were not committed. */
  get downUsed(): number {
    return this.library.symbols.peer_down_used(this.#handle);
  }

  /** Bytes in the up ring. */
  get upUsed(): number {
    return this.library.symbols.peer_up_used(this.#handle);
  }

  /** Whether the process says that it is handling the record at head. */
  get busy(): boolean {
    return this.library.symbols.peer_busy(this.#handle) !== 0;
  }

  /** Overwrites 32 bits in the down ring. */
  poke(offset: number, value: number): void {
    this.library.symbols.peer_down_poke(this.#handle, offset, value);
  }

  /** Makes it the memory of another version. */
  setVersion(version: number = ABI_VERSION): void {
    this.library.symbols.peer_version_set(this.#handle, version);
  }

  /** What the process published. */
  status(): string {
    const length = this.library.symbols.peer_status(this.#handle, this.#payload, Size.statusPage);
    return new TextDecoder().decode(this.#payload.subarray(0, length));
  }

  /** A counter's value. */
  counter(index: number): number {
    return this.library.symbols.peer_counter(this.#handle, index);
  }

  /** Refuses events of a type, which is one bit. */
  refuse(cause: "ring_full" | "oversized" | "invalid", type: number, count: number): void {
    this.library.symbols.peer_refuse(this.#handle, Place[cause] + Math.log2(type), count);
  }

  /** How often this side woke the process since the last look. */
  childWoken(): number {
    return this.library.symbols.peer_woken(this.#handle, 1);
  }

  /** How often the process woke this side since the last look. */
  janusWoken(): number {
    return this.library.symbols.peer_woken(this.#handle, 2);
  }

  /** Runs `use` with a descriptor of what the stub says at the start. */
  withBoot(text: string, use: (fd: number) => void): void {
    const bytes = new TextEncoder().encode(text);
    const fd = this.library.symbols.peer_boot(bytes, bytes.length);
    if (fd < 0) throw new Error(`Cannot make a file in memory: error ${-fd}`);
    try {
      use(fd);
    } finally {
      this.library.symbols.peer_close(fd);
    }
  }

  /** A pipe that stands for Janus's life: what the process watches, and how to end it. */
  openLifeline(): { fd: number; cut: () => void; close: () => void } {
    const { peer_pipe, peer_close } = this.library.symbols;
    const other = new Int32Array(1);
    const fd = peer_pipe(other);
    if (fd < 0) throw new Error(`Cannot make a pipe: error ${-fd}`);
    let whole = true;
    const cut = () => {
      if (whole) peer_close(other[0]!);
      whole = false;
    };
    return { fd, cut, close: () => (cut(), peer_close(fd)) };
  }

  /** Frees the memory; the process's links must be closed. */
  close(): void {
    this.library.symbols.peer_destroy(this.#handle);
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
