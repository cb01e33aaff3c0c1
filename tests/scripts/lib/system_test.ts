import { MIN_LIBZMQ } from "../../../scripts/lib/project.ts";
import { exists, findExecutable } from "../../../scripts/lib/run.ts";
import { findJanusFolders } from "../../../scripts/lib/janus_folders.ts";
import { definedNumber, findJanusHeaders } from "../../../scripts/lib/c_headers.ts";
import { compareVersions, findLibzmq } from "../../../scripts/doctor/programs.ts";
import { findServiceDeno } from "../../../scripts/lib/service_deno.ts";
import { assert, assertEquals, assertGreaterOrEqual } from "../../assert.ts";

/** A folder with these files, gone after the work. */
async function withFiles(
  files: Record<string, string | Uint8Array>,
  work: (root: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(`${root}/${path}`, bytes, { mode: 0o755 });
    }
    await work(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const TRANSPORT = "#define JANUS_TRANSPORT_API_VERSION\t\t8\n";
const EVENTS =
  "/* JANUS_EVENTHANDLER_API_VERSION 9 */\n#  define JANUS_EVENTHANDLER_API_VERSION 3 // x\n";

Deno.test("definedNumber() reads definitions, not mentions", () => {
  assertEquals(definedNumber(TRANSPORT, "JANUS_TRANSPORT_API_VERSION"), 8);
  assertEquals(definedNumber(EVENTS, "JANUS_EVENTHANDLER_API_VERSION"), 3);
  assertEquals(definedNumber(" * returns VERSION 3\n", "VERSION"), undefined);
  assertEquals(definedNumber("#define VERSION_2 3\n", "VERSION"), undefined);
});

Deno.test("findJanusHeaders() takes JANUS_INCLUDE's folder, or janus/ in it, or nothing", async () => {
  const files = {
    "include/janus/transports/transport.h": TRANSPORT,
    "include/janus/events/eventhandler.h": EVENTS,
  };
  await withFiles(files, async (root) => {
    for (const folder of [`${root}/include/janus`, `${root}/include`]) {
      assertEquals(await findJanusHeaders(folder), {
        folder: `${root}/include/janus`,
        source: "JANUS_INCLUDE",
        transport_api: 8,
        event_handler_api: 3,
      });
    }
    assertEquals(await findJanusHeaders(root), undefined);
  });
});

Deno.test("findServiceDeno() tells Deno itself from a script of that name", async () => {
  const elf = new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  await withFiles({ "usr/bin/deno": "#!/usr/bin/env node\n" }, async (root) => {
    const found = await findServiceDeno(root);
    assertEquals(found, { path: `${root}/usr/bin/deno`, binary: false });
  });
  const both = { "usr/bin/deno": "#!/bin/sh\n", "usr/local/bin/deno": elf };
  await withFiles(both, async (root) => {
    const found = await findServiceDeno(root);
    assertEquals(found, { path: `${root}/usr/local/bin/deno`, binary: true });
  });
  await withFiles({ "usr/bin/other": "" }, async (root) => {
    assertEquals(await findServiceDeno(root), undefined);
  });
});

Deno.test("findLibzmq() finds the library that the plugins are to use", async () => {
  const found = await findLibzmq();
  assert(found !== undefined);
  assertGreaterOrEqual(compareVersions(found.version, MIN_LIBZMQ), 0);
});

Deno.test("findJanusFolders() believes janus.jcfg, and derives what it leaves open", async () => {
  const files = {
    "etc/janus/janus.jcfg": 'general: {\n  transports_folder = "/srv/transports"\n}\n' +
      "events: {\n  broadcast = yes\n}\n",
    "lib64/janus/plugins/libjanus_echotest.so": "",
  };
  await withFiles(files, async (root) => {
    assertEquals(await findJanusFolders(`${root}/`), {
      configs: `${root}/etc/janus`,
      plugins: `${root}/lib64/janus/plugins`,
      transports: "/srv/transports",
      events: `${root}/lib64/janus/events`,
      source: `${root}/etc/janus/janus.jcfg`,
      broadcast: true,
    });
  });
});

Deno.test("compareVersions() compares numbers, not text", () => {
  assertEquals(compareVersions("4.3.10", "4.3.4"), 1);
  assertEquals(compareVersions("4.3", "4.3.0"), 0);
  assertEquals(compareVersions("4.2.9", "4.3.4"), -1);
});

Deno.test("findExecutable() passes over folders and files that nobody may execute", async () => {
  await withFiles({ "a/tool/x": "", "b/tool": "", "c/tool": "" }, async (root) => {
    await Deno.chmod(`${root}/b/tool`, 0o644);
    const path = ["a", "b", "c"].map((name) => `${root}/${name}`).join(":");
    assertEquals(await findExecutable("tool", path), `${root}/c/tool`);
    assertEquals(await findExecutable("tool", `${root}/a:${root}/b`), undefined);
    assertEquals(await exists(`${root}/c/tool/below`), false);
  });
});
