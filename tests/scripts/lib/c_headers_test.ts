import { definedNumber, findJanusHeaders } from "../../../scripts/lib/c_headers.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { capture } from "../../../scripts/lib/run.ts";
import { assertEquals, assertStringIncludes } from "../../assert.ts";
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

/** What scripts that compile are told, and what `doctor` says, with this environment. */
async function told(env: Record<string, string>): Promise<readonly [string, string]> {
  const deno = (...args: string[]) =>
    capture(Deno.execPath(), ["run", "-A", ...args], {
      cwd: PROJECT_ROOT,
      env: { JANUS: "", JANUS_INCLUDE: "", PKG_CONFIG_PATH: "", NO_COLOR: "1", ...env },
      timeout: 60_000,
    });
  const folder = await deno("scripts/lib/c_headers.ts");
  const doctor = await deno("scripts/doctor/main.ts");
  const line = /.* Janus headers .*/.exec(doctor?.stdout ?? "")?.[0];
  return [folder?.stdout.trim() ?? "", line ?? `no line in:\n${doctor?.stdout}`];
}

Deno.test("a janus-gateway.pc whose flags lack the folder's last part does no harm", async () => {
  const headers = "srv/include/janus";
  const files = {
    [`${headers}/transports/transport.h`]: TRANSPORT,
    [`${headers}/events/eventhandler.h`]: "#define JANUS_EVENTHANDLER_API_VERSION 3\n",
    // Janus 1.4 installs such a one.
    "srv/lib/pkgconfig/janus-gateway.pc": [
      "prefix=PREFIX",
      "includedir=${prefix}/include",
      "Name: janus-gateway",
      "Description: Janus WebRTC Server",
      "Version: 1.4.1",
      "Cflags: -I${includedir}",
      "",
    ].join("\n"),
  };
  await withFiles(files, async (root) => {
    const pc = `${root}/srv/lib/pkgconfig/janus-gateway.pc`;
    await Deno.writeTextFile(pc, (await Deno.readTextFile(pc)).replace("PREFIX", `${root}/srv`));
    const [folder, line] = await told({ PKG_CONFIG_PATH: `${root}/srv/lib/pkgconfig` });
    assertEquals(folder, `${root}/${headers}`);
    assertStringIncludes(line, `${root}/${headers} (pkg-config)`);
  });
});

Deno.test("the headers beside the janus that JANUS names come before any others", async () => {
  const files = {
    "srv/bin/janus": "",
    "srv/include/janus/transports/transport.h": TRANSPORT,
    "srv/include/janus/events/eventhandler.h": EVENTS,
  };
  await withFiles(files, async (root) => {
    const [folder, line] = await told({ JANUS: `${root}/srv/bin/janus` });
    assertEquals(folder, `${root}/srv/include/janus`);
    assertStringIncludes(line, `${root}/srv/include/janus (JANUS)`);
  });
});
