/** Where modules may lie. */
import { ConfigError, readConfig } from "../../../../plugins/host/config/read.ts";
import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "../../../assert.ts";

function read(modules: string[], more: Record<string, unknown> = {}, security = {}) {
  const tree = { filters: { modules, ...more }, security };
  const path = "/etc/janus/janus.eventhandler.zeromqevh.jsonc";
  const text = JSON.stringify(tree);
  return readConfig("eventhandler", { format: "jsonc", path, text, tree });
}

const CURVE = { mechanism: "curve", secret_key: "keys/server.key", clients: "keys/clients" };

Deno.test("modules in a folder of their own are nobody's trouble", () => {
  assertEquals(read(["filters/a.ts", "/srv/filters/b.ts"], {}, CURVE).warnings, []);
});

Deno.test("modules beside the configuration are warned of, by name", () => {
  for (const module of ["a.ts", "/etc/janus/a.ts", "/etc/a.ts", "sub/../a.ts"]) {
    const { warnings } = read([module]);
    assertEquals(warnings.length, 1, module);
    const own = module === "/etc/a.ts" ? "/etc" : "/etc/janus";
    assertStringIncludes(
      warnings[0]!,
      `filters.modules: ${module} can import no other file, as the configuration is in or below its` +
        ` folder ${own}:`,
    );
  }
});

Deno.test("modules beside the keys are refused, by name", () => {
  for (const module of ["keys/a.ts", "/etc/janus/keys/a.ts"]) {
    const error = assertThrows(() => read([module], {}, CURVE), ConfigError);
    assertMatch(
      error.message,
      /filters\.modules.*a\.ts could read \/etc\/janus\/keys\/server\.key/,
    );
  }
});

Deno.test("permissions that give secrets away are warned of", () => {
  for (const granted of ["/etc/janus", "/etc", "/", "/etc/janus/keys"]) {
    const { warnings } = read(["filters/a.ts"], { permissions: { read: [granted] } }, CURVE);
    assertMatch(
      warnings.join(),
      new RegExp(`permissions\\.read.*with ${granted}, the modules can`),
    );
  }
  const { warnings } = read(["filters/a.ts"], { permissions: { read: ["/etc/janus/table.json"] } });
  assertEquals(warnings, []);
});
