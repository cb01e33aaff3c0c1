/** Strangers at the HTTP server: connections that hold on, and readers that do not read. */
import { connectionsFor, Listener, ListenError } from "../../../plugins/monitor/http/listener.ts";
import { sendReply } from "../../../plugins/monitor/http/reply.ts";
import { MonitorServer } from "../../../plugins/monitor/http/server.ts";
import { sleep } from "../../../scripts/lib/waiting.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "../../assert.ts";
import { modelOf } from "./support.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function portOf(server: MonitorServer): number {
  return Number(new URL(server.address).port);
}

/** Connects, says this, and nothing more. */
async function say(port: number, text: string): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(encode(text));
  return connection;
}

/** All that is answered until the other side ends the connection. */
async function answerOf(connection: Deno.TcpConn): Promise<string> {
  return await new Response(connection.readable).text();
}

Deno.test("idle connections make room for who asks; who follows events stays", async () => {
  await using server = await MonitorServer.listen(modelOf(), {
    hostname: "127.0.0.1",
    port: 0,
    connections: 20,
  });
  const follower = await fetch(`${server.address}/api/events`);
  const reader = follower.body!.getReader();
  await reader.read();
  const held: Deno.TcpConn[] = [];
  for (let i = 0; i < 200; i++) held.push(await say(portOf(server), "G").catch(() => held[0]!));
  const answer = await fetch(`${server.address}/-/healthy`);
  assertEquals([answer.status, await answer.text()], [200, "healthy\n"]);
  // A second on.
  assertEquals((await reader.read()).done, false);
  assertEquals(server.browsers, 1);
  await reader.cancel();
  for (const connection of new Set(held)) connection.close();
});

Deno.test("half a request, and none at all, are ended in time", async () => {
  await using server = await MonitorServer.listen(modelOf(), { hostname: "127.0.0.1", port: 0 });
  const began = performance.now();
  const answers = await Promise.all(
    ["", "GET / HTTP/1.1\r\nX-"].map(async (text) => answerOf(await say(portOf(server), text))),
  );
  for (const answer of answers) assertMatch(answer, /^HTTP\/1.1 408 /);
  assert(performance.now() - began > 8000, "that was too early");
});

Deno.test("who takes nothing of an answer is cut; who takes some is not", async () => {
  const large = "x".repeat(32 << 20);
  const cut: string[] = [];
  await using server = await Listener.open(
    (request, response) => {
      response.once("close", () => {
        if (!response.writableFinished) cut.push(request.url!);
      });
      const body = request.url === "/stream" ? ReadableStream.from([encode(large)]) : large;
      void sendReply(response, { status: 200, headers: {}, body: body as string }, true, 1000);
    },
    "127.0.0.1",
    0,
    20,
  );
  const port = Number(new URL(server.address).port);
  const ask = (path: string) =>
    say(port, `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`);
  const deaf = [await ask("/text"), await ask("/stream")];
  const slow = await ask("/slow");
  let bytes = 0;
  for await (const chunk of slow.readable) {
    bytes += chunk.length;
    if (bytes < 8 << 20) await sleep(5);
  }
  assert(bytes > large.length, `${bytes}`);
  for (const end = performance.now() + 20_000; cut.length < 2;) {
    assert(performance.now() < end, "they are still there");
    await sleep(20);
  }
  assertEquals(cut.toSorted(), ["/stream", "/text"]);
  for (const connection of deaf) connection.close();
});

Deno.test("hosts and addresses that make no sense are refused, never failed at", async () => {
  const failures: unknown[] = [];
  await using server = await MonitorServer.listen(modelOf(), {
    hostname: "127.0.0.1",
    port: 0,
    failed: (error) => failures.push(error),
  });
  const status = async (...lines: string[]) => {
    const text = [...lines, "connection: close", "", ""].join("\r\n");
    return Number((await answerOf(await say(portOf(server), text))).split(" ")[1]);
  };
  for (const host of ["localhost:99999", "localhost:", "localhost:x", "[::1", "[]:1", "a b", ""]) {
    assertEquals([host, await status("GET / HTTP/1.1", `host: ${host}`)], [host, 421]);
  }
  assertEquals(await status("GET / HTTP/1.1"), 421);
  assertEquals(await status("GET / HTTP/1.1", "host: localhost", "host: evil.example.org"), 400);
  assertEquals(await status("GET * HTTP/1.1", "host: localhost"), 400);
  assertEquals(await status("GET http://evil.example.org/ HTTP/1.1", "host: localhost"), 421);
  assertEquals(await status("GET http://localhost/-/healthy HTTP/1.1", "host: x"), 200);
  assertEquals(await status("GET //localhost/-/healthy HTTP/1.1", "host: localhost"), 404);
  assertEquals(failures, []);
});

Deno.test("connections fit into the limit of open files; where none does, that is said", async () => {
  assertEquals(connectionsFor(1, 1024), 512);
  assertEquals(connectionsFor(32, 1024), 160);
  assertEquals(connectionsFor(1, 160), 40);
  assertThrows(() => connectionsFor(2, 120), ListenError, "only 120 files may be open");
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  await assertRejects(
    () => MonitorServer.listen(modelOf(), { hostname: "127.0.0.1", port }),
    ListenError,
    "another program listens there",
  );
});
