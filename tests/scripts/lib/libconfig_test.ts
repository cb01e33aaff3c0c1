/** What libconfig makes of a file is what the stub makes of it in Janus, by Janus's own parser. */
import { jcfgFault } from "../../../scripts/lib/jcfg_faults.ts";
import { LibconfigError, readJcfgTree } from "../../../scripts/lib/libconfig.ts";
import { findJanusHeaders } from "../../../scripts/lib/c_headers.ts";
import { findJanus } from "../../../scripts/lib/janus_folders.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { capture } from "../../../scripts/lib/run.ts";
import { assert, assertEquals } from "../../assert.ts";
import { withFiles, withFolder } from "../../folder.ts";

const PACKAGE = "janus.transport.zeromq";

const decoder = new TextDecoder();

/** Compiles the reader. */
async function compile(folder: string): Promise<string> {
  const flags = await capture("pkg-config", ["--cflags", "--libs", "glib-2.0", "jansson"]);
  const headers = await findJanusHeaders();
  const stub = `${PROJECT_ROOT}/ffi/stub`;
  const output = `${folder}/reading.so`;
  const compiled = await capture("cc", [
    ...["-std=c11", "-shared", "-fPIC", "-o", output, "-iquote", stub, "-isystem", headers!.folder],
    `${PROJECT_ROOT}/tests/scripts/lib/stub_reading.c`,
    ...["settings", "stream_grants", "integers", "grants", "readable"].map((file) =>
      `${stub}/${file}.c`
    ),
    ...flags!.stdout.trim().split(/\s+/),
  ]);
  assertEquals(compiled?.code, 0, compiled?.stderr);
  return output;
}

/** Reads as the stub does; null where that refuses. Without the reader Janus would show its help. */
async function stubReading(reader: string, folder: string): Promise<unknown> {
  const { stdout, code } = await new Deno.Command(await findJanus() ?? "", {
    args: ["--help"],
    env: { LD_PRELOAD: reader, STUB_READING_FOLDER: folder, STUB_READING_PACKAGE: PACKAGE },
    stdin: "null",
  }).output();
  assert(!decoder.decode(stdout).includes("Usage:"), "the reader was not loaded");
  return code === 0 ? JSON.parse(decoder.decode(stdout)) : null;
}

function ownReading(path: string): unknown {
  if (jcfgFault(path) !== null) return null;
  try {
    return readJcfgTree(path);
  } catch (error) {
    if (!(error instanceof LibconfigError)) throw error;
    return null;
  }
}

const TEXTS = [
  "",
  "# nothing\n",
  'general: {\n  port = 5600; address = "tcp://" "127.0.0.1"\n  enabled = true; off = false\n}\n',
  "a: { i = -7; h = 0x1F; l = 12L; f = 1.5; e = -2e3; g = .5; z = 007 }\n",
  'a: { list = ( 1, "two", { three = 3 }, ( 4.25, [5, 6] ) ); array = [ "x", "y" ]; none = () }\n',
  'a: { text = "\\x41\\t\\"q\\" é 日本" /* c */ // d\n }\n',
  "a: { b: { c: { d = TRUE } } }\n",
  "a: { port = }\n",
  "a: {}\na: {}\n",
  'a: { t = "\\x00" }\n',
  "a: { i = 2147483648 }\n",
  "a: { i = -2147483648; j = 2147483647; x = 0x7fffffff }\n",
  "a: { x = 0xffffffff }\n",
  'a: { t = "99999999999" } # 99999999999\n',
  'a: { t = "\\xff" }\n',
  'a = 3\nb = "top"\n',
];

Deno.test("readJcfgTree() and jcfgFault() read and refuse what the stub does in Janus", () =>
  withFolder(async (work) => {
    const reader = await compile(work);
    let refused = 0;
    for (const text of TEXTS) {
      await withFiles({ [`${PACKAGE}.jcfg`]: text }, async (folder) => {
        const stub = await stubReading(reader, folder);
        if (stub === null) refused++;
        assertEquals(ownReading(`${folder}/${PACKAGE}.jcfg`), stub, text);
      });
    }
    assertEquals(refused, 6);
  }));
