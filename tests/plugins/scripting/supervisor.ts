/** Real processes of modules, started by the stub's own code; compiled here. */
import {
  CompanionOffice,
  Companions,
  type CompanionSocket,
} from "../../../ffi/bridge/companions.ts";
import { openNative } from "../../../ffi/bridge/native.ts";
import { buildScripts } from "../../../scripts/build.ts";
import { compileObjects } from "../../../scripts/lib/c_objects.ts";

const SYMBOLS = {
  companions_open: { parameters: ["buffer", "buffer", "buffer", "i32"], result: "i32" },
  companions_close: { parameters: [], result: "void", nonblocking: true },
  companions_log: { parameters: ["buffer", "u32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

const root = new URL("../../..", import.meta.url).pathname;
const SOURCES = [
  ...["ring", "link", "turns", "companion", "spawn", "deno", "process", "child_setup"],
  ...["grants", "log", "logpipe"],
  ...["bridge_link", "bridge_events", "bridge_process", "bridge_connection", "bridge_companion"],
  "bridge_epoll",
  "bridge_pollout",
];

function words(program: string, ...args: string[]): string[] {
  const { stdout } = new Deno.Command(program, { args, stderr: "null" }).outputSync();
  return new TextDecoder().decode(stdout).split(/\s+/).filter((word) => word !== "");
}

function run(program: string, args: string[]) {
  const { success, stdout, stderr } = new Deno.Command(program, { args, cwd: root }).outputSync();
  const [said, complaints] = [stdout, stderr].map((one) => new TextDecoder().decode(one));
  if (!success) throw new Error(`Cannot compile it: ${complaints}`);
  return { said: said!, complaints: complaints! };
}

function compile(): string {
  Deno.mkdirSync(`${root}build/test`, { recursive: true });
  const { scripts, imports } = buildScripts();
  const path = Deno.makeTempFileSync({
    dir: `${root}build/test`,
    prefix: "supervisor-",
    suffix: ".so",
  });
  const [janus] = words(Deno.execPath(), "run", "-A", `${root}scripts/lib/c_headers.ts`);
  if (janus === undefined) throw new Error("Cannot find Janus's headers");
  const compiler = Deno.env.get("CC") ?? "cc";
  const flags = [
    ..."-std=c11 -O1 -g -fPIC -fvisibility=hidden -Wall -Wextra -Werror".split(" "),
    ...["-iquote", "ffi/stub", "-isystem", janus],
    ...words("pkg-config", "--cflags", "glib-2.0", "jansson"),
    `-DJZ_VERSION="1"`,
  ];
  // Several files of tests want it, each in a process of its own.
  const objects = compileObjects(
    [...SOURCES.map((name) => `ffi/stub/${name}.c`), "tests/plugins/scripting/supervisor.c"],
    { root: root.slice(0, -1), folder: "build/test/objects", compiler, flags, run },
  );
  run(compiler, [
    ...flags,
    ...["-shared", "-Wl,-Bsymbolic"],
    `-DJZ_PROGRAM="${scripts}"`,
    `-DJZ_SCRIPTS="${scripts}"`,
    `-DJZ_IMPORTS="${imports}"`,
    ...objects,
    "ffi/stub/program.S",
    ...words("pkg-config", "--libs", "jansson"),
    ...["-lpthread", "-ldl", "-o", path],
  ]);
  return path;
}

/** What it gives modules. */
export interface Grants {
  readonly kind: "filters" | "hooks";
  readonly folder: string;
  readonly modules: readonly string[];
  readonly permissions?: Readonly<Record<string, readonly string[]>>;
  /** MiB. */
  readonly memory?: number;
}

let compiled: { path: string; own: Deno.DynamicLibrary<typeof SYMBOLS> } | undefined;

function library() {
  if (compiled === undefined) {
    const path = compile();
    addEventListener("unload", () => Deno.removeSync(path));
    compiled = { path, own: Deno.dlopen(path, SYMBOLS) };
  }
  return compiled;
}

/** Starts and ends companions; one at a time. */
export class Supervisor extends CompanionOffice {
  readonly #own: Deno.DynamicLibrary<typeof SYMBOLS>;
  readonly #native: ReturnType<typeof openNative>;
  readonly #text = new Uint8Array(new ArrayBuffer(1 << 16));
  /** Sockets that were handed out. */
  readonly sockets: CompanionSocket[] = [];

  constructor({ kind, folder, modules, permissions = {}, memory = 256 }: Grants) {
    const { path, own } = library();
    const text = (value: string) => new TextEncoder().encode(`${value}\0`);
    const config = text(JSON.stringify({ [kind]: { modules, permissions } }));
    const { companions_open } = own.symbols;
    const fd = companions_open(config, text(folder), text(Deno.execPath()), memory);
    if (fd < 0) throw new Error(`Cannot start it: error ${-fd}`);
    const native = openNative(path);
    super(new Companions(native.symbols, fd), "scripts");
    this.#native = native;
    this.#own = own;
  }

  override news(): ReturnType<CompanionOffice["news"]> {
    const news = super.news();
    if (news?.what === "started") this.sockets.push(news.socket);
    return news;
  }

  /** Lines that it has logged since. */
  log(): string[] {
    const length = this.#own.symbols.companions_log(this.#text, this.#text.length);
    return new TextDecoder().decode(this.#text.subarray(0, length)).split("\n").slice(0, -1);
  }

  async close(): Promise<void> {
    await this.#own.symbols.companions_close();
    this.#native.symbols.jz_socket_close(this.fd);
    for (const socket of this.sockets) socket.close();
    this.#native.close();
  }
}
