import { definedNumber, findJanusHeaders } from "../../../scripts/lib/c_headers.ts";
import { assertEquals } from "../../assert.ts";
import { withFiles } from "../../folder.ts";

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
