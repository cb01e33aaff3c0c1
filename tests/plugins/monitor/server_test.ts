/** What is served over HTTP, and to whom. */
import { Hub, MAX_BROWSERS } from "../../../plugins/monitor/http/hub.ts";
import { MonitorServer } from "../../../plugins/monitor/http/server.ts";
import type { Model } from "../../../plugins/monitor/model.ts";
import type { Frame, Snapshot, Tick } from "../../../plugins/monitor/wire.ts";
import { assert, assertEquals, assertLess, assertMatch } from "../../assert.ts";
import { attached, BEGAN, event, modelOf, statistics, tell } from "./support.ts";

/** What a raw request is answered: status, headers, body. */
async function ask(server: MonitorServer, lines: readonly string[]): Promise<string> {
  const port = Number(new URL(server.address).port);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = [...lines, "connection: close", "", ""].join("\r\n");
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}

function serve(model: Model, names: readonly string[] = []): Promise<MonitorServer> {
  return MonitorServer.listen(model, { hostname: "127.0.0.1", port: 0, names });
}

Deno.test("hosts: addresses, localhost and given names; no others, whose pages could read us", async () => {
  await using server = await serve(modelOf(), ["janus.example.org"]);
  const status = async (host: string) => {
    const answer = await ask(server, ["GET /-/healthy HTTP/1.1", `host: ${host}`]);
    return Number(answer.split(" ")[1]);
  };
  for (
    const host of ["127.0.0.1:5547", "localhost", "[::1]:80", "Janus.Example.org:443", "10.0.0.1"]
  ) {
    assertEquals([host, await status(host)], [host, 200]);
  }
  for (const host of ["evil.example.org", "127.0.0.1.nip.io", "localhost.evil.org:5547", ""]) {
    const refused = await status(host);
    assertEquals([host, refused === 421 || refused === 400], [host, true]);
  }
});

Deno.test("only GET and HEAD; nothing for pages of other sites; strict headers on everything", async () => {
  const model = modelOf();
  await using server = await serve(model);
  const get = (path: string, init: RequestInit = {}) => fetch(`${server.address}${path}`, init);
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const response = await get("/metrics", { method });
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    await response.body?.cancel();
  }
  for (
    const path of ["/metrics", "/", "/-/ready", "/api/call?handle=1", "/api/events", "/nothing"]
  ) {
    const { headers, body } = await get(path);
    await body?.cancel();
    assertMatch(headers.get("content-security-policy") ?? "", /^default-src 'none'/, path);
    assertEquals(headers.get("access-control-allow-origin"), null);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
  }
  const foreign = await ask(server, [
    "GET /api/events HTTP/1.1",
    "host: 127.0.0.1",
    "sec-fetch-site: cross-site",
    "sec-fetch-mode: cors",
  ]);
  assertMatch(foreign, /^HTTP\/1.1 403 /);
  const head = await get("/metrics", { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
  await (await get("/api/events", { method: "HEAD" })).body?.cancel();
  assertEquals(server.browsers, 0);
});

Deno.test("readiness: connected, sessions, processor; what makes no sense is said", async () => {
  const model = modelOf(["a", "b"]);
  await using server = await serve(model);
  const ready = async (query: string) => {
    const response = await fetch(`${server.address}/-/ready${query}`);
    return [response.status, (await response.text()).trim()] as const;
  };
  assertEquals(await ready(""), [503, "a: not connected\nb: not connected"]);
  for (const one of model.servers) one.setLink("events", "up", BEGAN);
  assertEquals(await ready(""), [200, "ready"]);
  tell(model, 0, ...attached());
  assertEquals(await ready("?max_sessions=1"), [200, "ready"]);
  assertEquals(await ready("?max_sessions=0"), [503, "1 sessions"]);
  assertEquals(await ready("?max_sessions=0&server=b"), [200, "ready"]);
  assertEquals((await ready("?server=c"))[0], 400);
  assertEquals((await ready("?max_sessions=many"))[0], 400);
  assertEquals((await ready("?max_cpu=-1"))[0], 400);
});

/** What a browser has been told, as far as it has read. */
class TestBrowser {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.getReader();
  }

  /** Reads on. */
  async next(): Promise<{ readonly frame: Frame; readonly bytes: Uint8Array }> {
    const { value } = await this.#reader.read();
    assert(value !== undefined);
    const text = new TextDecoder().decode(value);
    const [, name, id, data] = /^event: (\w+)\nid: (\d+)\ndata: (.*)\n\n$/.exec(text) ?? [];
    const frame: Frame = JSON.parse(data!);
    assertEquals([frame.kind, String(frame.sequence)], [name, id]);
    return { frame, bytes: value };
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

Deno.test("browsers: a snapshot, then ticks, which are written once for all", async () => {
  const model = modelOf();
  const hub = new Hub(model);
  tell(model, 0, ...attached("Ann"));
  hub.tick(model.tick(BEGAN + 1000));
  const [one, two] = [new TestBrowser(hub.open()!), new TestBrowser(hub.open()!)];
  const [first, second] = await Promise.all([one.next(), two.next()]);
  assertEquals(first.frame.kind, "snapshot");
  assertEquals((first.frame as Snapshot).handles.map(({ opaque_id }) => opaque_id), ["Ann"]);
  assert(first.bytes === second.bytes);
  tell(model, 1500, event(32, 3, statistics()));
  const [next, same] = [one.next(), two.next()];
  hub.tick(model.tick(BEGAN + 2000));
  const [tick, again] = [await next, await same];
  assertEquals([tick.frame.kind, tick.frame.sequence], ["tick", 2]);
  assertEquals((tick.frame as Tick).tail.map(({ name }) => name), ["media.stats"]);
  assert(tick.bytes === again.bytes);
  hub.close();
});

Deno.test("a browser that is slow skips frames, and then gets all anew; nothing queues up", async () => {
  const model = modelOf();
  const hub = new Hub(model);
  const slow = new TestBrowser(hub.open()!);
  assertEquals((await slow.next()).frame.kind, "snapshot");
  for (let second = 1; second <= 100; second++) hub.tick(model.tick(BEGAN + second * 1000));
  const next = slow.next();
  hub.tick(model.tick(BEGAN + 101_000));
  const { frame } = await next;
  assertEquals([frame.kind, frame.sequence], ["snapshot", 101]);
  await slow.cancel();
  assertEquals(hub.size, 0);
  hub.close();
});

Deno.test("a browser that never reads holds up nobody, over a real connection", async () => {
  const model = modelOf();
  for (let handle = 0; handle < 500; handle++) {
    tell(model, 0, ...attached("x".repeat(190), 1000 + handle, 5000 + handle));
  }
  await using server = await serve(model);
  const port = Number(new URL(server.address).port);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = "GET /api/events HTTP/1.1\r\nhost: localhost\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  const response = await fetch(`${server.address}/api/events`);
  let ticks = 0;
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    if (text.includes("event: tick") && ++ticks === 2) break;
  }
  assertEquals(ticks, 2);
});

Deno.test("there are only so many browsers", async () => {
  const hub = new Hub(modelOf());
  const opened = Array.from({ length: MAX_BROWSERS }, () => hub.open()!);
  assertEquals(hub.open(), null);
  await opened[0]!.cancel();
  assert(hub.open() !== null);
  hub.close();
});

Deno.test("a call's course: the handle, its media, 404 for others", async () => {
  const model = modelOf();
  await using server = await serve(model);
  const now = Date.now();
  model.take(0, attached("Ann"), null, now);
  model.take(0, [event(32, 3, statistics())], null, now);
  const get = async (query: string) => {
    const response = await fetch(`${server.address}/api/call?${query}`);
    return [response.status, await response.text()] as const;
  };
  const [status, text] = await get("server=0&handle=22");
  assertEquals(status, 200);
  const { handle, media } = JSON.parse(text);
  assertEquals([handle.opaque_id, media[0].columns.rtt.filter((one: unknown) => one !== null)], [
    "Ann",
    [20],
  ]);
  assertLess(text.length, 2000);
  for (
    const query of [
      "server=0&handle=23",
      "server=1&handle=22",
      "server=x&handle=22",
      "",
      "handle=a",
    ]
  ) {
    assertEquals((await get(query))[0], 404, query);
  }
});
