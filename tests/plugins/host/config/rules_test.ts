/** Rules between keys. */
import { assertEquals, assertStringIncludes } from "../../../assert.ts";
import { bound, failure, JCFG, jcfg, JSONC, jsonc } from "./support.ts";

Deno.test("readConfig() takes a whole endpoint as the address", () => {
  const at = (address: string) => jcfg("transport", { general: { address } });
  for (const whole of ["tcp://*:6000", "ipc:///run/janus/zmq.sock", "tcp://eth0:6000"]) {
    assertEquals(at(whole).sites.general, bound(whole));
    assertEquals(at(whole).warnings, []);
  }
  assertEquals(at("tcp://[::1]").sites.general, bound("tcp://[::1]:5545", true));
});

Deno.test("readConfig() says that the address wins over a port that differs", () => {
  const text = '{"general":{"address":"tcp://*:6000","port":6001}}';
  const { sites, warnings } = jsonc(text);
  assertEquals(sites.general, bound("tcp://*:6000"));
  assertEquals(warnings, [
    `${JSONC}:1:45: general.port: 6001 is not used: general.address has a port of its own` +
    " (6000), which counts",
  ]);
  assertEquals(jsonc(text.replace("6001", "6000")).warnings, []);
});

Deno.test("readConfig() warns of a port beside an ipc:// address", () => {
  const { warnings } = jcfg("transport", { general: { address: "ipc:///run/z", port: "5545" } });
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0] ?? "", "general.port: has no meaning with ipc:///run/z");
});

Deno.test("readConfig() refuses an address without a scheme and says what to write", () => {
  const { message } = failure(() => jcfg("transport", { general: { address: "10.0.0.1" } }));
  assertStringIncludes(
    message,
    'general.address: "10.0.0.1" is no endpoint: write "tcp://10.0.0.1"',
  );
});

Deno.test("readConfig() refuses both APIs on one endpoint, unless one is off", () => {
  const tree = (admin_enabled: string) => ({ admin: { admin_enabled, admin_port: "5545" } });
  const { message } = failure(() => jcfg("transport", tree("true")));
  assertStringIncludes(message, "admin.admin_address: tcp://127.0.0.1:5545 is taken by section");
  assertEquals(jcfg("transport", tree("false")).sites.admin, null);
});

Deno.test("readConfig() warns where nothing is enabled, by the keys' names", () => {
  const { sites, warnings } = jcfg("transport", { general: { enabled: "no" } });
  assertEquals(sites, { general: null, admin: null });
  assertEquals(warnings, [
    `${JCFG}: nothing to do, since general.enabled and admin.admin_enabled say no`,
  ]);
});

Deno.test("readConfig() checks the values of what is switched off as well", () => {
  failure(() => jcfg("transport", { admin: { admin_address: "nowhere:x" } }));
});

Deno.test("readConfig() holds the largest message to an eighth of the ring, less 4096 bytes", () => {
  const read = (max_message_size: string, ring_size: string) => () =>
    jcfg("transport", { limits: { max_message_size }, runtime: { ring_size } });
  read("2093056", "16")();
  assertStringIncludes(
    failure(read("2093057", "16")).message,
    "limits.max_message_size: 2093057 is too large for runtime.ring_size = 16 MiB, which takes" +
      " up to 2093056 bytes: set runtime.ring_size to 17 or more, or limits.max_message_size to" +
      " 2093056 or less",
  );
  read("2093057", "17")();
  read("134213632", "1024")();
});

Deno.test("readConfig() names the ring size where that alone is what was set", () => {
  const error = failure(() => jsonc('{"runtime":{"ring_size":8}}'));
  assertStringIncludes(error.message, `${JSONC}:1:25: limits.max_message_size: 1048576`);
  assertStringIncludes(error.message, "set runtime.ring_size to 9 or more");
  jsonc('{"runtime":{"ring_size":9}}');
});

Deno.test("readConfig() draws no conclusions from values that it has refused", () => {
  const tree = { limits: { max_message_size: "9000000" }, runtime: { ring_size: "0" } };
  assertEquals(failure(() => jcfg("transport", tree)).problems.length, 1);
});
