import { installed } from "../../../scripts/doctor/findings.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { withFiles } from "../../folder.ts";

Deno.test("doctor finds our plugins in the disable lists of janus.jcfg", async () => {
  const files = {
    "etc/janus/janus.jcfg": `transports: { disable = "libjanus_http.so, libjanus_zeromq.so" }
events: { broadcast = true
  disable = "libjanus_sampleevh.so,libjanus_zmqevh.so" }\n`,
    "lib/janus/transports/libjanus_zeromq.so": "",
    "lib/janus/events/libjanus_zmqevh.so": "",
  };
  await withFiles(files, async (root) => {
    const found = (await installed(root)).filter(({ name }) => name !== "configurations");
    assertEquals(found.map(({ name, status }) => `${name} ${status}`), [
      "transport warning",
      "event handler warning",
    ]);
    for (const { detail } of found) assertMatch(detail, /told not to load it \(\w+\.disable\)$/);
    assertMatch(found[1]?.remedy ?? "", /janus\.jcfg: take libjanus_zmqevh\.so out of events: \{/);
  });
});

Deno.test("doctor names the libraries that a plugin lacks, and the sample that a configuration begins with", async () => {
  const files = {
    "etc/janus/janus.jcfg": "events: { broadcast = true }\n",
    "etc/janus/janus.eventhandler.zeromqevh.jcfg.sample": "",
    "lib/janus/events/libjanus_zmqevh.so": "",
    "gone.c": "int gone(void) { return 1; }",
    "uses.c": "int gone(void); int uses(void) { return gone(); }",
    "lib/janus/transports/libjanus_zeromq.so": "",
  };
  await withFiles(files, async (root) => {
    for (
      const words of [
        ["-shared", "-fPIC", "-o", "libgone.so", "gone.c"],
        [
          "-shared",
          "-fPIC",
          "-o",
          "lib/janus/transports/libjanus_zeromq.so",
          "uses.c",
          "-L.",
          "-lgone",
        ],
      ]
    ) {
      const { success } = await new Deno.Command("cc", { args: words, cwd: root }).output();
      assert(success);
    }
    const [transport, handler] = (await installed(root)).filter(({ name }) =>
      name !== "configurations"
    );
    assertEquals(transport?.status, "missing");
    assertMatch(transport?.detail ?? "", /needs libgone\.so, which this machine does not have$/);
    const config = `${root}/etc/janus/janus.eventhandler.zeromqevh.jcfg`;
    assertEquals([handler?.status, handler?.remedy], ["warning", `cp ${config}.sample ${config}`]);
  });
});
