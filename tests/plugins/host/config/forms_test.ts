import { parseMode, parseNetwork, parseOwner } from "../../../../plugins/host/config/forms.ts";
import { assertEquals } from "../../../assert.ts";

Deno.test("parseNetwork() reads addresses and networks of both families", () => {
  const network = (address: string, prefix: number, family: "ipv4" | "ipv6") => ({
    address,
    prefix,
    family,
  });
  assertEquals(parseNetwork("10.0.0.0/8"), network("10.0.0.0", 8, "ipv4"));
  assertEquals(parseNetwork("192.0.2.7"), network("192.0.2.7", 32, "ipv4"));
  assertEquals(parseNetwork("0.0.0.0/0"), network("0.0.0.0", 0, "ipv4"));
  assertEquals(parseNetwork("::1"), network("::1", 128, "ipv6"));
  assertEquals(parseNetwork("2001:db8::/32"), network("2001:db8::", 32, "ipv6"));
  const refused = [
    ["", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/-1", "10.0.0/8"],
    ["010.0.0.1", "::/129", "[::1]", "fe80::1%eth0", "10.*", "127."],
  ].flat();
  for (const text of refused) assertEquals(parseNetwork(text), null, text);
});

Deno.test("parseOwner() reads users and groups, by name or number", () => {
  assertEquals(parseOwner("janus"), { user: "janus", group: null });
  assertEquals(parseOwner("janus:www-data"), { user: "janus", group: "www-data" });
  assertEquals(parseOwner(":www-data"), { user: null, group: "www-data" });
  assertEquals(parseOwner("1000:0"), { user: 1000, group: 0 });
  for (const text of ["", ":", "a:", "a:b:c", "a b", "-1", "99999999999", "a/b"]) {
    assertEquals(parseOwner(text), null, text);
  }
});

Deno.test("parseMode() wants the zero, without which libconfig means another mode", () => {
  assertEquals(parseMode("0660"), 0o660);
  assertEquals(parseMode("0000"), 0);
  for (const text of ["660", "432", "0888", "06600", "rw-rw----", ""]) {
    assertEquals(parseMode(text), null, text);
  }
});
