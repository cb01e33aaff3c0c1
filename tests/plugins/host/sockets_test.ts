import { setTimeout as sleep } from "node:timers/promises";
import { Errno, Flag, Option, SocketType } from "../../../ffi/zmq/constants.ts";
import { type ThinSocket, ZmqError } from "../../../ffi/zmq/thin.ts";
import { riskOf } from "../../../plugins/host/apis.ts";
import { parseAddress, type Sites, toEndpoint } from "../../../plugins/host/config/endpoint.ts";
import { ConfigError } from "../../../plugins/host/config/read.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../../assert.ts";
import { makeUserLine } from "../../../plugins/host/security/passwords.ts";
import {
  curveClient,
  DEFAULTS,
  makeKeyPair,
  plainClient,
  receive,
  Stage,
} from "./security/support.ts";

function sites(mode: "bind" | "connect", ...endpoints: string[]): Sites {
  return {
    mode,
    endpoints: endpoints.map((text) => {
      const parsed = parseAddress(text, mode);
      assert("address" in parsed);
      return toEndpoint(parsed.address, 5545);
    }),
  };
}

Deno.test("a socket serves all its endpoints", async () => {
  await using stage = new Stage();
  const path = `${stage.folder}/zmq.sock`;
  const where = sites("bind", "tcp://127.0.0.1:*", "tcp://[::1]:*", `ipc://${path}`);
  const server = stage.serve({ sites: where });
  const [four, six, local] = server.endpoints;
  assertMatch(four ?? "", /^tcp:\/\/127\.0\.0\.1:\d+$/);
  assertMatch(six ?? "", /^tcp:\/\/\[::1\]:\d+$/);
  assertEquals(local, `ipc://${path}`);
  for (const endpoint of server.endpoints) {
    const client = stage.client(endpoint, (socket) => socket.setInt(Option.IPV6, 1));
    assertEquals(await server.ask(client), "hello ");
  }
});

Deno.test("an ipc:// file has the mode that ipc_mode says, whatever the umask", async () => {
  await using stage = new Stage();
  for (const [name, mode, expected] of [["a", "0600", 0o600], ["b", "0666", 0o666]] as const) {
    const path = `${stage.folder}/${name}`;
    stage.serve({ sites: sites("bind", `ipc://${path}`), ipc: { mode } });
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, expected);
  }
  const umask = Deno.umask();
  assertEquals(umask, Deno.umask(umask)); // as it was
});

Deno.test({
  name: "an ipc:// file belongs to whom ipc_owner says, by name or number",
  ignore: Deno.uid() !== 0,
  async fn() {
    await using stage = new Stage();
    const cases = [["daemon:daemon", 1, 1], ["4242", 4242, 0], [":4243", 0, 4243]] as const;
    for (const [owner, uid, gid] of cases) {
      const path = `${stage.folder}/${uid}-${gid}`;
      stage.serve({ sites: sites("bind", `ipc://${path}`), ipc: { owner } });
      const info = Deno.statSync(path);
      assertEquals([info.uid, info.gid], [uid, gid]);
    }
  },
});

Deno.test("nothing starts for an owner that does not exist", async () => {
  await using stage = new Stage();
  const where = sites("bind", `ipc://${stage.folder}/z`);
  const error = assertThrows(
    () => stage.serve({ sites: where, ipc: { owner: "no-such-user" } }),
    ConfigError,
  );
  assertEquals(error.message, "ipc_owner: there is no user no-such-user");
});

Deno.test("a taken endpoint is an error with its name", async () => {
  await using stage = new Stage();
  const taken = stage.serve().endpoint;
  const error = assertThrows(() => stage.serve({ sites: sites("bind", taken) }), ZmqError);
  assertEquals([error.code, error.address], ["EADDRINUSE", taken]);
});

Deno.test("a socket gets libzmq's options by their names", async () => {
  await using stage = new Stage();
  const zeromq = {
    ...DEFAULTS.zeromq,
    sndhwm: 7,
    rcvhwm: 8,
    backlog: 9,
    tcp_keepalive: 1,
    tcp_keepalive_idle: 60,
    tcp_keepalive_cnt: 3,
    tcp_keepalive_intvl: 10,
  };
  const { socket } = stage.serve({ config: { zeromq } });
  const got = [Option.SNDHWM, Option.RCVHWM, Option.BACKLOG, ...KEEPALIVE]
    .map((option) => socket.getInt(option));
  assertEquals(got, [7, 8, 9, 1, 60, 3, 10]);
});

const KEEPALIVE = [
  Option.TCP_KEEPALIVE,
  Option.TCP_KEEPALIVE_IDLE,
  Option.TCP_KEEPALIVE_CNT,
  Option.TCP_KEEPALIVE_INTVL,
];

Deno.test("a silence is noticed by TCP, never by heartbeats of libzmq's", async () => {
  await using stage = new Stage();
  const cases = [[15, 1, 5, 2, 5, 15_000], [1, 1, 1, 2, 1, 1000], [0, -1, -1, -1, -1, 0]] as const;
  for (const [timeout, ...expected] of cases) {
    const { socket } = stage.serve({ config: { peers: { ...DEFAULTS.peers, timeout } } });
    const got = [...KEEPALIVE, Option.TCP_MAXRT].map((option) => socket.getInt(option));
    assertEquals(got, expected);
    // With these libzmq could abort the process.
    assertEquals(socket.getInt(Option.HEARTBEAT_IVL), 0);
  }
});

/** A DEALER that is bound, as a client of a Janus that dials out. */
async function boundClient(
  stage: Stage,
  endpoint: string,
  setUp?: (socket: ThinSocket) => void,
): Promise<ThinSocket> {
  const socket = stage.socket(SocketType.DEALER);
  setUp?.(socket);
  for (let tries = 0;; tries++) {
    try {
      socket.bind(endpoint);
      return socket;
    } catch (error) {
      // A socket that was closed gives its address back in the background.
      if (!(error instanceof ZmqError) || error.code !== "EADDRINUSE" || tries > 100) throw error;
      await sleep(20);
    }
  }
}

Deno.test("mode connect dials out, and again when the other side comes back", async () => {
  await using stage = new Stage();
  const first = await boundClient(stage, "tcp://127.0.0.1:*");
  const endpoint = first.lastEndpoint();
  const server = stage.serve({ sites: sites("connect", endpoint) });
  assertEquals(server.endpoints, [endpoint]);
  assertEquals(await server.ask(first), "hello ");
  first.close();
  await server.until(() => null, 300);
  const second = await boundClient(stage, endpoint);
  assertEquals(await server.ask(second, 8000), "hello ");
  second.close();
});

Deno.test("mode connect asks for keys as mode bind does", async () => {
  await using stage = new Stage();
  const [ann, eve] = [makeKeyPair(stage.context), makeKeyPair(stage.context)];
  stage.write("clients", `${ann.public} ann\n`);
  // Not a socket of libzmq's: that would go on listening for a moment after its end.
  const free = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const endpoint = `tcp://127.0.0.1:${free.addr.port}`;
  free.close();
  const { server, keys } = stage.curve("clients", { sites: sites("connect", endpoint) });
  const stranger = await boundClient(stage, endpoint, curveClient(eve, keys.public));
  assertEquals(await server.ask(stranger, 500), null);
  await server.logged(stage.log, /is not in clients/);
  stranger.close();
  // Whoever comes to that address later must not find the door shut for good.
  const known = await boundClient(stage, endpoint, curveClient(ann, keys.public));
  assertEquals(await server.ask(known, 15_000), "hello ann");
  known.close();
});

Deno.test("what is sent to a peer that is away in mode connect is not kept for the next", async () => {
  await using stage = new Stage();
  const first = await boundClient(stage, "tcp://127.0.0.1:*");
  const endpoint = first.lastEndpoint();
  const server = stage.serve({ sites: sites("connect", endpoint) });
  server.socket.setInt(Option.ROUTER_MANDATORY, 1);
  assertEquals(await server.ask(first), "hello ");
  const send = () => server.socket.send(server.peer, Flag.SNDMORE | Flag.DONTWAIT);
  first.close();
  await server.until(() => null, 300);
  assertEquals(send(), -1);
  assertEquals(server.socket.library.errno(), Errno.EHOSTUNREACH);
  const second = await boundClient(stage, endpoint);
  await server.until(() => null, 500);
  assertEquals(receive(second), null);
  second.close();
});

const WHAT = { title: "the Janus API", section: "security", can: "use Janus" };
const RISKS: readonly [Sites, "null" | "plain" | "curve", allow: string[], RegExp | null][] = [
  [sites("bind", "tcp://127.0.0.1"), "null", [], null],
  [sites("bind", "tcp://127.0.0.2", "tcp://[::1]", "tcp://lo", "ipc:///run/z"), "null", [], null],
  [sites("bind", "tcp://127.0.0.1:*"), "plain", [], null],
  [sites("bind", "tcp://*"), "curve", [], null],
  [sites("bind", "tcp://*"), "null", [], /^The Janus API is open .* whoever reaches it can use/],
  [sites("bind", "tcp://[::]"), "null", [], /tcp:\/\/\[::\]:5545/],
  [sites("bind", "tcp://eth0"), "null", ["10.0.0.0/8"], /from an allowed address can use Janus/],
  [sites("bind", "tcp://127.0.0.1", "tcp://10.0.0.1"), "null", [], /\(tcp:\/\/10\.0\.0\.1:5545\)/],
  [sites("bind", "tcp://*"), "plain", [], /passwords in the clear/],
  [sites("connect", "tcp://127.1.example"), "null", [], /connects .* whoever answers there can/],
  [sites("connect", "tcp://localhost"), "null", [], null],
];
for (const [where, mechanism, allow, words] of RISKS) {
  const name = where.endpoints.map(({ endpoint }) => endpoint).join(" ");
  Deno.test(`${where.mode} ${name} with ${mechanism} ${words ? "is" : "is no"} risk`, () => {
    const risk = riskOf(where, { mechanism, allow }, WHAT);
    if (words === null) assertEquals(risk, null);
    else assertMatch(risk ?? "", words);
  });
}

Deno.test("who sends much before the handshake is over is told from who sends much after it", async () => {
  const password = "open sesame";
  for (const mechanism of ["plain", "curve", "null"] as const) {
    await using stage = new Stage();
    const ann = makeKeyPair(stage.context);
    stage.write("clients", `${ann.public} ann\n`);
    stage.write("users", await makeUserLine("ann", new TextEncoder().encode(password)));
    const { server, setUp } = mechanism === "curve"
      ? (({ server, keys }) => ({ server, setUp: curveClient(ann, keys.public) }))(
        stage.curve("clients"),
      )
      : {
        server: stage.serve({
          // Without a mechanism it is the address alone that makes a stranger.
          security: mechanism === "plain"
            ? { mechanism, users: "users" }
            : { allow: ["192.0.2.1"] },
        }),
        setUp: plainClient("ann", password),
      };
    if (mechanism !== "null") {
      const client = stage.client(server.endpoint, setUp);
      assertEquals(await server.ask(client, 5000), "hello ann");
      for (let i = 0; i < 10; i++) client.send(new Uint8Array(50_000), 0);
      for (let i = 0; i < 10; i++) assert(await server.until(() => receive(client)));
    }
    assertEquals(server.oversized[0], 0);
    const port = Number(server.endpoint.split(":").at(-1));
    using stranger = await Deno.connect({ hostname: "127.0.0.1", port });
    const greeting = new Uint8Array(64);
    greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1]);
    greeting.set(new TextEncoder().encode(mechanism.toUpperCase()), 12);
    await stranger.write(greeting);
    await sleep(50); // it has all that it gets before it says more
    const before = await server.until(() => server.oversized[1] > 0 ? server.oversized : null);
    assertEquals(before?.[0], 0, mechanism);
    await stranger.write(Uint8Array.from([6, 0, 0, 0, 0, 0, 0, 0xea, 0x60]));
    await stranger.write(new Uint8Array(30_000));
    const found = await server.until(() => server.oversized[0] > 0 ? server.oversized[0] : null);
    assertEquals(found, 1, mechanism);
  }
});

Deno.test("riskOf() speaks of the events as many", () => {
  const what = { title: "the events", section: "security", can: "see who calls whom" };
  const open = { mechanism: "null", allow: [] } as const;
  const risk = riskOf(sites("bind", "tcp://*"), open, what) ?? "";
  assertMatch(risk, /^The events are open beyond .* whoever reaches them can see who calls whom/);
  const connected = riskOf(sites("connect", "tcp://10.0.0.1"), open, what) ?? "";
  assertMatch(connected, /^The events connect beyond this machine/);
});
