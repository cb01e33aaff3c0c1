import {
  endpointsClash,
  parseAddress,
  toEndpoint,
} from "../../../../plugins/host/config/endpoint.ts";
import { assert, assertEquals, assertStringIncludes } from "../../../assert.ts";

function endpoint(address: string, port = 5545) {
  const parsed = parseAddress(address);
  assert("address" in parsed, `${address}: ${"fault" in parsed ? parsed.fault : ""}`);
  return toEndpoint(parsed.address, port);
}

function fault(address: string): string {
  const parsed = parseAddress(address);
  assert("fault" in parsed, `${address} was accepted`);
  return parsed.fault;
}

const ACCEPTED: readonly [address: string, endpoint: string, ipv6: boolean][] = [
  ["tcp://127.0.0.1", "tcp://127.0.0.1:5545", false],
  ["tcp://127.0.0.1:6000", "tcp://127.0.0.1:6000", false],
  ["tcp://*", "tcp://*:5545", false],
  ["tcp://*:1", "tcp://*:1", false],
  ["tcp://*:65535", "tcp://*:65535", false],
  ["tcp://127.0.0.1:*", "tcp://127.0.0.1:*", false],
  ["tcp://eth0", "tcp://eth0:5545", false],
  ["tcp://eth0.100:6000", "tcp://eth0.100:6000", false],
  ["tcp://[::1]", "tcp://[::1]:5545", true],
  ["tcp://[::1]:6000", "tcp://[::1]:6000", true],
  ["tcp://[::]", "tcp://[::]:5545", true],
  ["tcp://[2001:db8::7]", "tcp://[2001:db8::7]:5545", true],
  ["tcp://[::ffff:10.0.0.1]", "tcp://[::ffff:10.0.0.1]:5545", true],
  ["tcp://[fe80::1%eth0]", "tcp://[fe80::1%eth0]:5545", true],
  ["ipc:///run/janus/zmq.sock", "ipc:///run/janus/zmq.sock", false],
  ["ipc:///z", "ipc:///z", false],
  ["ipc://@janus", "ipc://@janus", false],
];

for (const [address, expected, ipv6] of ACCEPTED) {
  Deno.test(`parseAddress() makes ${expected} of ${address}`, () => {
    assertEquals(endpoint(address), { endpoint: expected, ipv6 });
  });
}

const REFUSED: readonly [address: string, words: string][] = [
  ["127.0.0.1", 'write "tcp://127.0.0.1"'],
  ["127.0.0.1:5545", 'write "tcp://127.0.0.1:5545"'],
  ["eth0", 'write "tcp://eth0"'],
  ["*", 'write "tcp://*"'],
  ["::1", 'write "tcp://[::1]"'],
  ["[::1]:5545", 'write "tcp://[::1]:5545"'],
  ["/run/janus/zmq.sock", 'write "ipc:///run/janus/zmq.sock"'],
  ["localhost", 'write "tcp://127.0.0.1", "tcp://*:5545"'],
  ["tcp:/127.0.0.1", 'write "tcp://127.0.0.1", "tcp://*:5545"'],
  ["inproc://janus", "inproc://, which stays inside one process"],
  ["udp://127.0.0.1:1", '"udp": use tcp:// or ipc://'],
  ["pgm://eth0", '"pgm"'],
  ["ws://127.0.0.1:1", '"ws"'],
  ["TCP://127.0.0.1", '"TCP": use tcp://'],
  ["tcp://", "has no host"],
  ["tcp://:5545", "has no host"],
  ["tcp://localhost:5545", 'write "tcp://127.0.0.1"'],
  ["tcp://127.0.0.1:0", 'the port "0": an integer from 1 to 65535'],
  ["tcp://127.0.0.1:65536", '"65536"'],
  ["tcp://127.0.0.1:", 'the port ""'],
  ["tcp://127.0.0.1:55x", '"55x"'],
  ["tcp://127.0.0.1:5545/", '"5545/"'],
  ["tcp://127.0.0.1 ", "no IP address, interface or *"],
  ["tcp://127.0.0.256", "no IPv4 address"],
  ["tcp://127.0.1", "no IPv4 address"],
  ["tcp://eth0;10.0.0.1:5545", "no IP address"],
  ["tcp://::1", '"tcp://[::1]"'],
  ["tcp://1:2:3", "in brackets"],
  ["tcp://[::1", "in brackets"],
  ["tcp://[]", "no IPv6 address"],
  ["tcp://[127.0.0.1]", "no IPv6 address"],
  ["tcp://[::1::2]", "no IPv6 address"],
  ["tcp://[fe80::1%]", "no IPv6 address"],
  ["ipc://", "needs a whole path"],
  ["ipc:///", "needs a whole path"],
  ["ipc://zmq.sock", "needs a whole path"],
  ["ipc://*", "needs a whole path"],
  ["ipc:///run/a\0b", "NUL"],
  [`ipc:///${"x".repeat(107)}`, "108 bytes: Linux takes 107"],
];

for (const [address, words] of REFUSED) {
  Deno.test(`parseAddress() refuses ${JSON.stringify(address.slice(0, 40))}`, () => {
    assertStringIncludes(fault(address), words);
  });
}

Deno.test("parseAddress() takes a socket path of 107 bytes", () => {
  const path = `/${"é".repeat(53)}`;
  assertEquals(endpoint(`ipc://${path}`).endpoint, `ipc://${path}`);
});

const CLASHES: readonly [one: string, other: string, clash: boolean][] = [
  ["tcp://127.0.0.1:5545", "tcp://127.0.0.1:5545", true],
  ["tcp://127.0.0.1:5545", "tcp://127.0.0.1:5546", false],
  ["tcp://127.0.0.1:5545", "tcp://127.0.0.2:5545", false],
  ["tcp://*:5545", "tcp://127.0.0.1:5545", true],
  ["tcp://10.0.0.1:5545", "tcp://0.0.0.0:5545", true],
  ["tcp://[::]:5545", "tcp://127.0.0.1:5545", true],
  ["tcp://127.0.0.1:*", "tcp://127.0.0.1:*", false],
  ["ipc:///run/a", "ipc:///run/a", true],
  ["ipc:///run/a", "ipc:///run/b", false],
  ["ipc:///run/a", "tcp://*:5545", false],
];

for (const [one, other, clash] of CLASHES) {
  Deno.test(`endpointsClash() says ${clash} for ${one} and ${other}`, () => {
    assertEquals(endpointsClash(endpoint(one), endpoint(other)), clash);
    assertEquals(endpointsClash(endpoint(other), endpoint(one)), clash);
  });
}
