import { findDenoBeside, findServiceDeno } from "../../../scripts/lib/service_deno.ts";
import { assertEquals } from "../../assert.ts";
import { withFiles } from "../../folder.ts";

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

Deno.test("findDenoBeside() finds the one that was installed with a plugin", async () => {
  const files = { "usr/lib/triplet/janus/transports/p.so": "", "usr/lib/janus-zeromq/deno": "" };
  await withFiles(files, async (root) => {
    const found = await findDenoBeside(`${root}/usr/lib/triplet/janus/transports`);
    assertEquals(found, `${root}/usr/lib/janus-zeromq/deno`);
    assertEquals(await findDenoBeside(`${root}/usr/lib/triplet/other/transports`), undefined);
  });
});
