import {
  freePorts,
  listeners,
  parseProcNetTcp,
  partOfPorts,
  PORTS_VARIABLE,
  socketOwners,
} from "../../../scripts/lib/ports.ts";
import { processName } from "../../../scripts/lib/processes.ts";
import { assert, assertEquals } from "../../assert.ts";

Deno.test("parseProcNetTcp() takes listeners only, IPv4 and IPv6", () => {
  const heading =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid";
  const rest = "00000000:00000000 00:00000000 00000000     0        0";
  assertEquals(
    parseProcNetTcp(`${heading}
   0: 0100007F:15A9 00000000:0000 0A ${rest} 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:15AA 0100007F:9999 01 ${rest} 4712 1 0000000000000000 20 4 30 10 -1
`),
    [{ port: 5545, inode: "4711" }],
  );
  assertEquals(
    parseProcNetTcp(`${heading}
   0: 00000000000000000000000000000000:1D15 00000000000000000000000000000000:0000 0A ${rest} 9 1
`),
    [{ port: 7445, inode: "9" }],
  );
  assertEquals(parseProcNetTcp(""), []);
});

Deno.test("a socket that this process opens is found, with this process as its owner", async () => {
  const held = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { port } = held.addr;
    const found = (await listeners()).find((one) => one.port === port);
    assert(found !== undefined);
    const owner = (await socketOwners(new Set([found.inode]))).get(found.inode);
    assertEquals(owner?.pid, Deno.pid);
    assertEquals((await processName(Deno.pid))?.parent, Deno.ppid);
  } finally {
    held.close();
  }
});

Deno.test("freePorts() gives different ports that can be bound at once", () => {
  const ports = freePorts(5);
  assertEquals(new Set(ports).size, 5);
  for (const port of ports) Deno.listen({ hostname: "127.0.0.1", port }).close();
});

Deno.test("partOfPorts() keeps those apart who choose at the same time", () => {
  assertEquals(partOfPorts(0, 2), { [PORTS_VARIABLE]: "20000,5000" });
  assertEquals(partOfPorts(1, 2), { [PORTS_VARIABLE]: "25000,5000" });
  const before = Deno.env.get(PORTS_VARIABLE);
  Deno.env.set(PORTS_VARIABLE, "24000,50");
  try {
    assert(freePorts(5).every((port) => port >= 24_000 && port < 24_050));
  } finally {
    if (before === undefined) Deno.env.delete(PORTS_VARIABLE);
    else Deno.env.set(PORTS_VARIABLE, before);
  }
});
