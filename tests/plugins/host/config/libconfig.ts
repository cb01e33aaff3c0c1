/**
 * Reads `.jcfg` text with libconfig itself, which is what `janus_config_parse` reads it with, and
 * gives the tree that Janus would: every value as text.
 */
import type { Group, GroupMap, Key } from "../../../../plugins/host/config/keys.ts";
import type { JanusTree } from "../../../../plugins/host/config/source.ts";

/** By Debian and Ubuntu release; Janus depends on one of them. */
const SONAMES = ["libconfig.so.9", "libconfig.so.11", "libconfig.so.15"];

const SYMBOLS = {
  /** `void config_init(config_t *config)` */
  config_init: { parameters: ["buffer"], result: "void" },
  /** `void config_destroy(config_t *config)` */
  config_destroy: { parameters: ["buffer"], result: "void" },
  /** `int config_read_string(config_t *config, const char *str)` */
  config_read_string: { parameters: ["buffer", "buffer"], result: "i32" },
  /** `config_setting_t *config_lookup(const config_t *config, const char *path)` */
  config_lookup: { parameters: ["buffer", "buffer"], result: "pointer" },
  /** `int config_setting_length(const config_setting_t *setting)` */
  config_setting_length: { parameters: ["pointer"], result: "i32" },
  /** `config_setting_t *config_setting_get_elem(const config_setting_t *setting, unsigned int index)` */
  config_setting_get_elem: { parameters: ["pointer", "u32"], result: "pointer" },
  /** `const char *config_setting_get_string(const config_setting_t *setting)` */
  config_setting_get_string: { parameters: ["pointer"], result: "pointer" },
  /** `int config_lookup_bool(const config_t *config, const char *path, int *value)` */
  config_lookup_bool: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  /** `int config_lookup_int64(const config_t *config, const char *path, long long *value)` */
  config_lookup_int64: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  /** `int config_lookup_string(const config_t *config, const char *path, const char **value)` */
  config_lookup_string: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
} as const;

function open(): Deno.DynamicLibrary<typeof SYMBOLS> {
  const failures: string[] = [];
  for (const soname of SONAMES) {
    try {
      return Deno.dlopen(soname, SYMBOLS);
    } catch (error) {
      failures.push(String(error));
    }
  }
  throw new Error(`Cannot open libconfig, which Janus depends on: ${failures.join("; ")}`);
}

/** What sizes up to libconfig 1.8 need is about a hundred bytes. */
const CONFIG_T_BYTES = 1024;

/**
 * Parses text; throws where libconfig refuses it, and where it holds a key that `schema` does not.
 */
export function parseJcfg(text: string, schema: Group): JanusTree {
  const library = open();
  const reader = new Reader(library.symbols);
  try {
    // The root has no path that could be looked up: give it one.
    reader.read(`root: {\n${text}\n}\n`);
    return reader.group("root", schema);
  } finally {
    reader.close();
    library.close();
  }
}

class Reader {
  readonly #lib: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
  readonly #config = new Uint8Array(new ArrayBuffer(CONFIG_T_BYTES));
  readonly #out = new BigInt64Array(new ArrayBuffer(8));

  constructor(lib: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"]) {
    this.#lib = lib;
    lib.config_init(this.#config);
  }

  close(): void {
    this.#lib.config_destroy(this.#config);
  }

  read(text: string): void {
    if (this.#lib.config_read_string(this.#config, cString(text)) !== 1) {
      throw new SyntaxError("libconfig refuses the text");
    }
  }

  group(path: string, schema: Group): JanusTree {
    const setting = this.#lib.config_lookup(this.#config, cString(path));
    const tree: Record<string, JanusTree> = {};
    for (const [name, key] of Object.entries(schema.keys)) {
      const below = `${path}.${name}`;
      if (this.#lib.config_lookup(this.#config, cString(below)) === null) continue;
      tree[name] = this.#value(below, key);
    }
    if (this.#lib.config_setting_length(setting) !== Object.keys(tree).length) {
      throw new Error(`${path} has keys that the schema does not have`);
    }
    return tree;
  }

  #value(path: string, key: Group | GroupMap | Key): JanusTree {
    switch (key.type) {
      case "group":
        return this.group(path, key);
      case "map": {
        const names = this.#elements(path, nameOf);
        return Object.fromEntries(
          names.map((name) => [name, this.group(`${path}.${name}`, key.of)]),
        );
      }
      case "list":
        return this.#elements(path, this.#lib.config_setting_get_string);
      default:
        return this.#scalar(path);
    }
  }

  /** A text of each element of a list or group. */
  #elements(path: string, text: (setting: Deno.PointerValue) => Deno.PointerValue): string[] {
    const setting = this.#lib.config_lookup(this.#config, cString(path));
    return Array.from({ length: this.#lib.config_setting_length(setting) }, (_, index) => {
      const pointer = text(this.#lib.config_setting_get_elem(setting, index));
      if (pointer === null) throw new Error(`${path} has an element that is no text`);
      return Deno.UnsafePointerView.getCString(pointer);
    });
  }

  #scalar(path: string): string {
    const [name, out] = [cString(path), new Uint8Array(this.#out.buffer)];
    this.#out[0] = 0n;
    if (this.#lib.config_lookup_bool(this.#config, name, out) === 1) {
      return this.#out[0] === 0n ? "false" : "true";
    }
    if (this.#lib.config_lookup_int64(this.#config, name, out) === 1) return String(this.#out[0]);
    if (this.#lib.config_lookup_string(this.#config, name, out) === 1) {
      const pointer = Deno.UnsafePointer.create(BigInt.asUintN(64, this.#out[0] ?? 0n));
      if (pointer !== null) return Deno.UnsafePointerView.getCString(pointer);
    }
    throw new Error(`${path} is neither boolean, integer nor text`);
  }
}

/** `config_setting_name()`, a macro: the name is what the struct begins with. */
function nameOf(setting: Deno.PointerValue): Deno.PointerValue {
  return setting === null ? null : new Deno.UnsafePointerView(setting).getPointer();
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
