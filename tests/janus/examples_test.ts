/** The programs of `scripts/examples/`, run as a user would. */
import { Flag, Option, SocketType } from "../../ffi/zmq/constants.ts";
import { Message, ThinContext } from "../../ffi/zmq/thin.ts";
import { freePorts } from "../../scripts/lib/ports.ts";
import { DEFAULT_PORTS } from "../../scripts/lib/project.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { finish, LANGUAGES, spawn } from "./support/examples.ts";
import { sharedFixture } from "./support/fixture.ts";

const shared = sharedFixture({ admin: true });

for (const { name, file, command } of LANGUAGES) {
  Deno.test(`the ${name} example of requests drives an echo test`, async () => {
    const { janus } = await shared();
    const { code, stdout, stderr } = await finish(
      spawn([...await command("requests"), janus.endpoints.api]),
    );
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    const lines = stdout.split("\n");
    assertMatch(lines[0] ?? "", /^REQ {5}Janus WebRTC Server \S+$/);
    for (
      const line of [
        "create: success",
        "attach: success",
        "message: event",
        "keepalive: ack",
        "destroy: success",
      ]
    ) assertStringIncludes(stdout, `DEALER  ${line}\n`);
    assertMatch(stdout, /["']result["']: ?["']ok["']/);
  });

  Deno.test(`the ${name} example of events prints what Janus tells`, async () => {
    const fixture = await shared();
    // The one before may still be counted.
    await fixture.subscriptions(0);
    const args = [fixture.janus.endpoints.events, "--count", "2", "--timeout", "10"];
    const process = spawn([...await command("events"), ...args]);
    await fixture.subscriptions(1);
    await fixture.emit({ name: "first" });
    await fixture.emit({ name: "second" });
    const { code, stdout, stderr } = await finish(process);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    assertEquals(lines.length, 2);
    assertMatch(lines[0] ?? "", /^external .*"name": ?"first"/);
    assertMatch(lines[1] ?? "", /^external .*"name": ?"second"/);
  });

  Deno.test(`the ${name} example of events reads topics, numbers and groups`, async () => {
    using context = new ThinContext();
    using pub = context.socket(SocketType.XPUB);
    pub.bind("tcp://127.0.0.1:*");
    const process = spawn([
      ...await command("events"),
      ...[pub.lastEndpoint(), "--count", "3", "--timeout", "10"],
    ]);
    pub.setInt(Option.RCVTIMEO, 10_000);
    using subscription = new Message(context.library);
    assert(subscription.recv(pub, 0) >= 0, "it subscribes");
    const event = (name: string) => ({ type: 4, timestamp: 1, event: { name } });
    for (
      const frames of [
        ["external.x.0.y", JSON.stringify(event("first")), "7"],
        [JSON.stringify(event("second")), "8"],
        [JSON.stringify([event("third"), event("fourth")])],
      ]
    ) {
      frames.forEach((frame, index) =>
        pub.send(new TextEncoder().encode(frame), index < frames.length - 1 ? Flag.SNDMORE : 0)
      );
    }
    const { code, stdout, stderr } = await finish(process);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    const [first, second, third, fourth] = stdout.trimEnd().split("\n");
    assertMatch(first ?? "", /^external\.x\.0\.y {2}external .*"first"} {2}#7$/);
    assertMatch(second ?? "", /^external .*"second"} {2}#8$/);
    assertMatch(third ?? "", /^external .*"third"}$/);
    assertMatch(fourth ?? "", /^external .*"fourth"}$/);
  });

  Deno.test(`the ${name} example of requests shows that Janus refuses it`, async () => {
    using context = new ThinContext();
    using router = context.socket(SocketType.ROUTER);
    router.bind("tcp://127.0.0.1:*");
    router.setInt(Option.RCVTIMEO, 10_000);
    const process = spawn([...await command("requests"), router.lastEndpoint()]);
    using message = new Message(context.library);
    const frames: Uint8Array<ArrayBuffer>[] = [];
    do {
      assert(message.recv(router, 0) >= 0, "it asks");
      frames.push(message.copy());
    } while (message.more());
    const error = { janus: "error", error: { code: 403, reason: "No secret" } };
    for (const frame of frames.slice(0, -1)) router.send(frame, Flag.SNDMORE);
    router.send(new TextEncoder().encode(JSON.stringify(error)), 0);
    const { code, stdout, stderr } = await finish(process);
    assertEquals({ code, stdout, stderr }, {
      ...{ code: 1, stdout: "" },
      stderr: "Janus refuses info: No secret (403)\n",
    });
  });

  Deno.test(`the ${name} examples say how they are used, and name the option that was meant`, async () => {
    const programs = name === "Node" ? ["events", "requests"] : ["events", "requests", "polling"];
    await Promise.all(programs.map(async (program) => {
      const run = async (...args: string[]) =>
        await finish(spawn([...await command(program), ...args]));
      const help = await run("--help");
      assertEquals([help.code, help.stderr], [0, ""], program);
      assertMatch(help.stdout, /^usage: .*\[endpoint\]/i);
      const unknown = await run("--hepl", "tcp://127.0.0.1:1");
      assertEquals([unknown.code, unknown.stdout], [2, ""], program);
      assertMatch(unknown.stderr, /Unknown option --hepl: did you mean --help\?/);
      const more = await run("tcp://127.0.0.1:1", "more");
      assertEquals([more.code, more.stdout], [2, ""], program);
      assertMatch(more.stderr, /Unexpected argument "?more/);
    }));
    const odd = await finish(spawn([...await command("events"), "--count", "many"]));
    assertEquals(odd.code, 2);
    assertMatch(odd.stderr, /--count.*many/);
    const near = await finish(spawn([...await command("events"), "--timeuot", "3"]));
    assertMatch(near.stderr, /Unknown option --timeuot: did you mean --timeout\?/);
  });

  Deno.test(`the ${name} examples have the plugins' ports as defaults`, async () => {
    const ports = new Map(DEFAULT_PORTS.map(({ port, use }) => [use, port]));
    const requests = await Deno.readTextFile(file("requests"));
    const events = await Deno.readTextFile(file("events"));
    assert(ports.has("Janus API") && ports.has("events"));
    assertStringIncludes(requests, `"tcp://127.0.0.1:${ports.get("Janus API")}"`);
    assertStringIncludes(events, `"tcp://127.0.0.1:${ports.get("events")}"`);
  });
}

for (const { name, file, command } of LANGUAGES.filter(({ name }) => name !== "Node")) {
  Deno.test(`the ${name} example of polling gets its events over REQ`, async () => {
    const { janus } = await shared();
    const { code, stdout, stderr } = await finish(
      spawn([...await command("polling"), janus.endpoints.api]),
    );
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    assertEquals(lines.slice(0, 3), Array(3).fill("message: ack"));
    for (const line of lines.slice(3, 6)) {
      assertMatch(line, /^event: .*["']result["']: ?["']ok["']/);
    }
    assertEquals(lines.slice(6), ["destroy: success"]);
    const source = await Deno.readTextFile(file("polling"));
    const port = DEFAULT_PORTS.find(({ use }) => use === "Janus API")?.port;
    assertStringIncludes(source, `"tcp://127.0.0.1:${port}"`);
  });
}

Deno.test("the examples fail with a clear message where nobody answers", async () => {
  const endpoint = `tcp://127.0.0.1:${freePorts(1)[0]}`;
  // All at once: each waits for its own timeout.
  await Promise.all(LANGUAGES.map(async ({ name, command }) => {
    const programs = name === "Node" ? ["requests"] : ["requests", "polling"];
    const [events, ...asking] = await Promise.all([
      finish(spawn([...await command("events"), endpoint, "--timeout", "0.5"])),
      ...programs.map(async (program) => finish(spawn([...await command(program), endpoint]))),
    ]);
    for (const { code, stderr } of asking) {
      assertEquals(code, 1, name);
      assertEquals(
        stderr,
        `No answer in 10 s: nobody answers at ${endpoint}\n`,
        name,
      );
    }
    assertEquals(events.code, 1, name);
    assertEquals(events.stderr, `No event from ${endpoint} in 0.5 s\n`, name);
  }));
});
