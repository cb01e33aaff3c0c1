import { findJanusFolders } from "../../../scripts/lib/janus_folders.ts";
import { assertEquals } from "../../assert.ts";
import { withFiles } from "../../folder.ts";

Deno.test("findJanusFolders() believes janus.jcfg, and derives what it leaves open", async () => {
  const files = {
    "etc/janus/janus.jcfg": 'general: {\n  transports_folder = "/srv/transports"\n}\n' +
      "events: {\n  broadcast = yes\n}\n" +
      'transports: {\n  disable = "libjanus_http.so, libjanus_zeromq.so"\n}\n',
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
      disabled: { transports: ["libjanus_http.so", "libjanus_zeromq.so"], events: [] },
    });
  });
});
