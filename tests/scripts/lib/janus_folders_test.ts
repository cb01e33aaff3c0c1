import {
  findJanus,
  findJanusFolders,
  janusMissing,
  janusPrefix,
} from "../../../scripts/lib/janus_folders.ts";
import { assertEquals, assertStringIncludes } from "../../assert.ts";
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

Deno.test("findJanus() takes the janus that JANUS names, or none", async () => {
  await withFiles({ "srv/bin/janus": "", "srv/bin/other": "" }, async (root) => {
    const janus = `${root}/srv/bin/janus`;
    await Deno.chmod(`${root}/srv/bin/other`, 0o644);
    assertEquals(await findJanus(janus), janus);
    for (const wrong of [`${root}/srv/bin/other`, `${root}/srv/bin`, `${root}/none`, "janus"]) {
      assertEquals(await findJanus(wrong), undefined);
      assertStringIncludes(janusMissing(wrong), `JANUS=${wrong}`);
    }
    // Which is not where the link lies.
    await Deno.symlink(janus, `${root}/janus`);
    assertEquals(await janusPrefix(`${root}/janus`), `${await Deno.realPath(root)}/srv`);
  });
});
