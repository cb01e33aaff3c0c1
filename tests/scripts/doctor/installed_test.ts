import { installed } from "../../../scripts/doctor/findings.ts";
import { assertEquals, assertMatch } from "../../assert.ts";
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
