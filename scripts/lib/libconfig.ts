/** Reads `.jcfg` files through libconfig, which Janus itself reads them with, as Janus keeps them. */
import type { JanusTree } from "../../plugins/host/config/source.ts";

/** Thrown where libconfig takes a file for none of its own. */
export class LibconfigError extends Error {
  override name = "LibconfigError";
  /** From 1 on; null where it does not tell. */
  readonly line: number | null;

  constructor(message: string, line: number | null = null) {
    super(message);
    this.line = line;
  }
}

/** Thrown where there is no libconfig. */
export class NoLibconfigError extends Error {
  override name = "NoLibconfigError";
}

// What is a macro in libconfig.h, `config_setting_name` and `config_root_setting`, reads the first
// member of a structure: `char *name`, and `config_setting_t *root`, in all versions from 1.4 to 1.8.
const SYMBOLS = {
  // void config_init(config_t *config)
  config_init: { parameters: ["buffer"], result: "void" },
  // void config_destroy(config_t *config)
  config_destroy: { parameters: ["buffer"], result: "void" },
  // int config_read_file(config_t *config, const char *filename)
  config_read_file: { parameters: ["buffer", "buffer"], result: "i32" },
  // int config_setting_length(const config_setting_t *setting)
  config_setting_length: { parameters: ["pointer"], result: "i32" },
  // config_setting_t *config_setting_get_elem(const config_setting_t *setting, unsigned int idx)
  config_setting_get_elem: { parameters: ["pointer", "u32"], result: "pointer" },
  // int config_setting_get_int(const config_setting_t *setting)
  config_setting_get_int: { parameters: ["pointer"], result: "i32" },
  // long long config_setting_get_int64(const config_setting_t *setting)
  config_setting_get_int64: { parameters: ["pointer"], result: "i64" },
  // double config_setting_get_float(const config_setting_t *setting)
  config_setting_get_float: { parameters: ["pointer"], result: "f64" },
  // int config_setting_get_bool(const config_setting_t *setting)
  config_setting_get_bool: { parameters: ["pointer"], result: "i32" },
  // const char *config_setting_get_string(const config_setting_t *setting)
  config_setting_get_string: { parameters: ["pointer"], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>;

/** By soname: Debian 12, and newer. */
const NAMES = ["libconfig.so.9", "libconfig.so.11", "libconfig.so.15"];

/** Larger than any version's `config_t`. */
const CONFIG_BYTES = 4096;

/** libconfig.h's CONFIG_TYPE_... */
const [GROUP, INT, INT64, FLOAT, STRING, BOOL, ARRAY, LIST] = [1, 2, 3, 4, 5, 6, 7, 8];

/**
 * The tree of a file, as Janus's parser would give it: values are text.
 *
 * @throws {NoLibconfigError} if it is not installed
 * @throws {LibconfigError} saying where the file is wrong
 */
export function readJcfgTree(path: string): JanusTree {
  const { library, soname } = open();
  const config = new Uint8Array(new ArrayBuffer(CONFIG_BYTES));
  const { symbols } = library;
  symbols.config_init(config);
  try {
    const name = new TextEncoder().encode(`${path}\0`);
    if (symbols.config_read_file(config, name as Uint8Array<ArrayBuffer>) === 0) {
      throw faultOf(config, soname);
    }
    const root = new DataView(config.buffer).getBigUint64(0, true);
    return readSetting(library, Deno.UnsafePointer.create(root), 0);
  } finally {
    symbols.config_destroy(config);
    library.close();
  }
}

function open(): { readonly library: Library; readonly soname: string } {
  for (const soname of NAMES) {
    try {
      return { library: Deno.dlopen(soname, SYMBOLS), soname };
    } catch {
      // Another version, then.
    }
  }
  throw new NoLibconfigError("libconfig is not installed (apt install libconfig9)");
}

/** What it says, and where: by the layout of the version whose layout is known. */
function faultOf(config: Uint8Array<ArrayBuffer>, soname: string): LibconfigError {
  if (soname !== NAMES[0]) return new LibconfigError("is not in the format of .jcfg files");
  const view = new DataView(config.buffer);
  const said = textAt(Deno.UnsafePointer.create(view.getBigUint64(32, true)));
  const text = said === "duplicate setting name"
    ? `${said}: this stands there before, put all of it into one place`
    : said;
  return new LibconfigError(text ?? "is not in the format of .jcfg files", view.getInt32(48, true));
}

/** As deep as the plugins read. */
const MAX_DEPTH = 100;

function readSetting(library: Library, setting: Deno.PointerValue, depth: number): JanusTree {
  const { symbols } = library;
  if (setting === null) return {};
  if (depth > MAX_DEPTH) throw new LibconfigError("has a value too deep within others");
  const type = new Deno.UnsafePointerView(setting).getInt16(8);
  switch (type) {
    case GROUP:
    case ARRAY:
    case LIST: {
      const members = Array.from(
        { length: symbols.config_setting_length(setting) },
        (_, index) => symbols.config_setting_get_elem(setting, index),
      );
      const read = (member: Deno.PointerValue) => readSetting(library, member, depth + 1);
      if (type !== GROUP) return members.map(read);
      return Object.fromEntries(members.map((member) => [nameOf(member), read(member)]));
    }
    case INT:
      return String(symbols.config_setting_get_int(setting));
    case INT64:
      return String(symbols.config_setting_get_int64(setting));
    case FLOAT:
      return symbols.config_setting_get_float(setting).toFixed(6);
    case BOOL:
      return symbols.config_setting_get_bool(setting) === 0 ? "false" : "true";
    case STRING:
      return textAt(symbols.config_setting_get_string(setting));
    default:
      return null;
  }
}

function nameOf(setting: Deno.PointerValue): string {
  if (setting === null) return "";
  return textAt(new Deno.UnsafePointerView(setting).getPointer(0)) ?? "";
}

/** @throws {LibconfigError} for what is not UTF-8, as the plugins refuse it */
function textAt(pointer: Deno.PointerValue): string | null {
  if (pointer === null) return null;
  const view = new Deno.UnsafePointerView(pointer);
  let length = 0;
  while (view.getUint8(length) !== 0) length++;
  const bytes = new Uint8Array(length);
  view.copyInto(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new LibconfigError("has text in it that is not UTF-8");
  }
}
