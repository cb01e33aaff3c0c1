/** The monitor at a real Janus. */
import { makeUserLine } from "../../plugins/host/security/passwords.ts";
import { makeKeyPair } from "../../scripts/keygen.ts";
import { freePorts } from "../../scripts/lib/ports.ts";
import { connectAdmin } from "../../plugins/client/admin.ts";
import { JanusError } from "../../plugins/client/errors.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { Fixture } from "./support/fixture.ts";
import { RunningMonitor } from "./support/monitor.ts";

/** Another way of Janus's to put events into messages. */
const WAYS = [
  { topics: false, sequence: false },
  { topics: true, sequence: true },
  { grouping: 100, sequence: true, json: "indented" },
] as const;

for (const general of WAYS) {
  const way = JSON.stringify(general);
  Deno.test(`sessions, handles and both plugins' state are seen, with ${way}`, async () => {
    await using fixture = await Fixture.start({
      admin: true,
      stock: { plugins: ["echotest", "videoroom"] },
      settings: { event_handler: { general } },
    });
    const dealer = fixture.connect("DEALER");
    const before = (await fixture.ask(dealer, "create")).data.id;
    await using monitor = await RunningMonitor.of(fixture);
    const created = (await fixture.ask(dealer, "create")).data.id;
    for (const plugin of ["echotest", "videoroom", "videoroom"]) {
      await fixture.ask(dealer, "attach", {
        session_id: created,
        plugin: `janus.plugin.${plugin}`,
        opaque_id: `of ${plugin}`,
      });
    }
    await monitor.until("to see three handles", async () => (await monitor.server()).handles === 3);
    assertEquals(await monitor.metric("janus_handles"), {
      'plugin="janus.plugin.echotest"': 1,
      'plugin="janus.plugin.videoroom"': 2,
    });
    assertEquals(await monitor.metric("janus_sessions"), { "": 2 });
    assertEquals(await monitor.metric("janus_sessions_created_total"), {
      'transport="janus.transport.zeromq"': 1,
    });
    assertEquals(await monitor.metric("janus_zeromq_up"), {
      'plugin="transport"': 1,
      'plugin="eventhandler"': 1,
    });
    assertEquals(await monitor.metric("janus_up"), { "": 1 });
    assertEquals(await monitor.metric("janus_monitor_missing_total"), { "": 0 });
    const { sessions, handles, servers } = await monitor.snapshot();
    assertEquals(sessions.map(({ id }) => id).sort(), [`${before}`, `${created}`].sort());
    assertEquals(handles.map(({ opaque_id }) => opaque_id).sort(), [
      "of echotest",
      "of videoroom",
      "of videoroom",
    ]);
    const [server] = servers;
    assertEquals([server!.name, server!.missing], [
      "janus-zeromq",
      "sequence" in general && general.sequence ? 0 : null,
    ]);
    assertEquals(server!.transport?.state, "running");
    assertEquals((await monitor.get("/-/ready?max_sessions=2")).status, 200);
    assertEquals((await monitor.get("/-/ready?max_sessions=1")).status, 503);
    for (const session_id of [before, created]) {
      await fixture.ask(dealer, "destroy", { session_id });
    }
    await monitor.until("to see them gone", async () => {
      const { sessions, handles } = await monitor.server();
      return sessions + handles === 0;
    });
    assertEquals(await monitor.metric("janus_sessions_ended_total"), { 'reason="destroyed"': 2 });
  });
}

Deno.test("video rooms are counted: rooms, publishers, who joins", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    stock: { plugins: ["videoroom"] },
    files: { "janus.plugin.videoroom.jcfg": "general: { events = true }\n" },
  });
  await using monitor = await RunningMonitor.of(fixture);
  const dealer = fixture.connect("DEALER");
  const session_id = (await fixture.ask(dealer, "create")).data.id;
  const plugin = "janus.plugin.videoroom";
  const handle_id = (await fixture.ask(dealer, "attach", { session_id, plugin })).data.id;
  const message = (body: object) => fixture.ask(dealer, "message", { session_id, handle_id, body });
  await message({ request: "create", room: 77 });
  await message({ request: "join", ptype: "publisher", room: 77, display: "Ann" });
  await monitor.until("to know the room", async () => {
    return (await monitor.metric("janus_videoroom_room_participants_count"))[""] === 1;
  });
  assertEquals(await monitor.metric("janus_videoroom_rooms"), { "": 1 });
  const { handles } = await monitor.snapshot();
  assertEquals(handles.map(({ room }) => room), ["77"]);
});

const SERVER = makeKeyPair();
const MONITOR = makeKeyPair();
const STRANGER = makeKeyPair();

function keyFiles(folder: string): Record<string, string> {
  const own = ({ public_key, secret_key }: typeof SERVER) => `${public_key}\n${secret_key}\n`;
  const files: Record<string, string> = {
    server: `${SERVER.public_key}\n`,
    monitor: own(MONITOR),
    stranger: own(STRANGER),
    wrong: `${STRANGER.public_key}\n`,
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => {
      const path = `${folder}/monitor-${name}`;
      Deno.writeTextFileSync(path, text, { mode: 0o600 });
      return [name, path];
    }),
  );
}

Deno.test("CURVE: with the right keys all is well; a wrong one is said, once, in words", async () => {
  const security = { mechanism: "curve", secret_key: "server.key", clients: "clients" };
  await using fixture = await Fixture.start({
    admin: true,
    files: {
      "server.key": `${SERVER.secret_key}\n`,
      "clients": `${MONITOR.public_key} monitor\n`,
    },
    settings: { event_handler: { security } },
    wrapper: ["sh", "-c", 'chmod 600 "$3/server.key"; exec "$@"', "sh"],
  });
  const files = keyFiles(fixture.janus.folder);
  const { events } = fixture.janus.endpoints;
  await using good = await RunningMonitor.start(
    ...["--events", events, "--server-key", files.server!, "--key", files.monitor!],
  );
  await good.ready();
  for (const keys of [["server", "stranger"], ["wrong", "monitor"], []]) {
    const [server, own] = keys.map((name) => files[name]!);
    const options = server === undefined ? [] : ["--server-key", server, "--key", own!];
    await using bad = await RunningMonitor.start("--events", events, ...options);
    await bad.until(
      `to be refused (${keys})`,
      async () => (await bad.server()).events.state === "refused",
    );
    assertStringIncludes((await bad.server()).events.problem ?? "", "refuses the monitor");
    assertEquals((await bad.get("/-/ready")).status, 503);
    assertEquals(bad.task.stderr.match(/refuses the monitor/g)?.length, 1, bad.task.stderr);
  }
});

Deno.test("one server with CURVE and one without: each is reached in its own way", async () => {
  const security = { mechanism: "curve", secret_key: "server.key", clients: "clients" };
  await using open = await Fixture.start();
  await using secured = await Fixture.start({
    files: {
      "server.key": `${SERVER.secret_key}\n`,
      "clients": `${MONITOR.public_key} monitor\n`,
    },
    settings: { event_handler: { security } },
    wrapper: ["sh", "-c", 'chmod 600 "$3/server.key"; exec "$@"', "sh"],
  });
  const files = keyFiles(secured.janus.folder);
  await using monitor = await RunningMonitor.start(
    ...["--events", `open=${open.janus.endpoints.events}`],
    ...["--events", `secured=${secured.janus.endpoints.events}`],
    ...[
      "--server-key",
      "none",
      "--server-key",
      files.server!,
      "--key",
      "none",
      "--key",
      files.monitor!,
    ],
  );
  await monitor.ready();
  for (const fixture of [open, secured]) await fixture.ask(fixture.connect("DEALER"), "create");
  await monitor.until("to see a session of each", async () => {
    const { servers } = await monitor.snapshot();
    return servers.every(({ sessions }) => sessions === 1);
  });
});

Deno.test("a Janus that is killed and starts again: nothing looks current, and then one restart", async () => {
  const settings = { event_handler: { general: { sequence: true } } } as const;
  const first = await Fixture.start({ admin: true, settings });
  const { ports } = first.janus;
  await using monitor = await RunningMonitor.of(first);
  const dealer = first.connect("DEALER");
  for (let i = 0; i < 5; i++) await first.ask(dealer, "create");
  await monitor.until("to see them", async () => (await monitor.server()).sessions === 5);
  const began = (await monitor.server()).started!;
  assert(Math.abs(Date.now() - began) < 600_000, `${began}`);
  Deno.kill(first.janus.pid, "SIGKILL");
  await first.janus.exited;
  await monitor.until("to hear nothing", async () => (await monitor.server()).as_of !== null);
  assertEquals(await monitor.metric("janus_sessions"), {});
  assertEquals(await monitor.metric("janus_events_up"), { "": 0 });
  assertEquals(await monitor.metric("janus_zeromq_up"), {
    'plugin="transport"': 0,
    'plugin="eventhandler"': 0,
  });
  const killed = Date.now();
  await first[Symbol.asyncDispose]().catch(() => {});
  await using second = await Fixture.start({ admin: true, settings, ports });
  await monitor.until("to see one restart", async () => {
    const { restarts, sessions } = await monitor.server();
    return restarts === 1 && sessions === 0;
  });
  await monitor.ready();
  await second.ask(second.connect("DEALER"), "create");
  await monitor.until("to see a session", async () => (await monitor.server()).sessions === 1);
  const { started, missing, restarts, as_of } = await monitor.server();
  assert(started! > killed - 1000, `${started} ${killed}`);
  assertEquals([missing, restarts, as_of], [0, 1, null]);
  assertEquals(await monitor.metric("janus_restarts_total"), { "": 1 });
});

Deno.test("PLAIN: a user of the event handler's", async () => {
  await using fixture = await Fixture.start({
    files: {
      "users": `${await makeUserLine("monitor", new TextEncoder().encode("open sesame"))}\n`,
    },
    settings: { event_handler: { security: { mechanism: "plain", users: "users" } } },
    wrapper: ["sh", "-c", 'chmod 600 "$3/users"; exec "$@"', "sh"],
  });
  const { folder, endpoints: { events } } = fixture.janus;
  Deno.writeTextFileSync(`${folder}/right`, "open sesame\n");
  Deno.writeTextFileSync(`${folder}/wrong`, "close sesame\n");
  const options = ["--events", events, "--user", "monitor", "--password-file"];
  await using good = await RunningMonitor.start(...options, `${folder}/right`);
  await good.ready();
  await using bad = await RunningMonitor.start(...options, `${folder}/wrong`);
  await bad.until("to be refused", async () => (await bad.server()).events.state === "refused");
  assertStringIncludes(bad.task.stderr, "Is the password right");
});

Deno.test("a client that may only look is told all that the monitor asks for, and no more", async () => {
  const admin_security = {
    mechanism: "plain",
    users: "users",
    rights: { monitor: { read_only: true } },
  } as const;
  await using fixture = await Fixture.start({
    admin: true,
    files: {
      "users": `${await makeUserLine("monitor", new TextEncoder().encode("open sesame"))}\n`,
    },
    settings: { transport: { admin_security } },
    wrapper: ["sh", "-c", 'chmod 600 "$3/users"; exec "$@"', "sh"],
  });
  const { admin_secret, folder, endpoints: { events, admin } } = fixture.janus;
  Deno.writeTextFileSync(`${folder}/password`, "open sesame\n");
  Deno.writeTextFileSync(`${folder}/secret`, `${admin_secret}\n`);
  await using monitor = await RunningMonitor.start(
    ...["--events", events, "--admin", admin, "--admin-secret-file", `${folder}/secret`],
    ...["--admin-user", "monitor", "--admin-password-file", `${folder}/password`],
  );
  await monitor.ready();
  const { transport, event_handler } = await monitor.server();
  assertEquals([transport?.state, event_handler?.state], ["running", "running"]);
  await using client = await connectAdmin(admin, {
    adminSecret: admin_secret,
    plain: { username: "monitor", password: "open sesame" },
  });
  const query = (request: object) =>
    client.request("query_transport", { transport: "janus.transport.zeromq", request });
  await query({ request: "info" });
  for (const request of ["connections", "configure", "kick"]) {
    await assertRejects(() => query({ request }), JanusError, "only look");
  }
});

Deno.test("an Admin API that is not there, or refuses the secret, is said; the rest goes on", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const { folder, endpoints: { events, admin } } = fixture.janus;
  Deno.writeTextFileSync(`${folder}/wrong`, "no secret\n");
  await using wrong = await RunningMonitor.start(
    ...["--events", events, "--admin", admin, "--admin-secret-file", `${folder}/wrong`],
  );
  await using absent = await RunningMonitor.start(
    ...["--events", events, "--admin", "tcp://127.0.0.1:1"],
  );
  await wrong.until("to be refused", async () => (await wrong.server()).admin.state === "refused");
  assertStringIncludes(wrong.task.stderr, "refuses the request (Unauthorized");
  await absent.until(
    "to say that nobody answers",
    async () => (await absent.server()).admin.problem !== null,
  );
  assertStringIncludes(absent.task.stderr, "The Admin API does not answer at tcp://127.0.0.1:1");
  const { events: link } = await absent.server();
  assertEquals([link.state, link.problem], ["up", null]);
  assertEquals(await absent.metric("janus_up"), { "": 1 });
});

Deno.test("a server that restarts: its sessions are gone, and the monitor comes back to it", async () => {
  const settings = { event_handler: { general: { sequence: true } } } as const;
  const first = await Fixture.start({ settings });
  const ports = { ...first.janus.ports };
  await using monitor = await RunningMonitor.start("--events", first.janus.endpoints.events);
  await monitor.ready();
  const dealer = first.connect("DEALER");
  await first.ask(dealer, "create");
  await monitor.until("to see a session", async () => (await monitor.server()).sessions === 1);
  await first[Symbol.asyncDispose]();
  await monitor.until("to see it go", async () => (await monitor.server()).events.state === "lost");
  const server = await monitor.server();
  assertStringIncludes(server.events.problem ?? "", "is lost; it is being made again");
  assert(server.stopped !== null, JSON.stringify(server));
  await using second = await Fixture.start({ settings, ports });
  await monitor.ready();
  await second.ask(second.connect("DEALER"), "create");
  await monitor.until("to see the new session alone", async () => {
    const { sessions, restarts } = await monitor.server();
    return sessions === 1 && restarts === 1;
  });
  assertStringIncludes(monitor.task.stderr, "Events come from");
});

Deno.test("the event handler's process is killed: that is seen, and no event is missed", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: { event_handler: { general: { sequence: true } } },
  });
  await using monitor = await RunningMonitor.of(fixture);
  const since = fixture.janus.log.count;
  Deno.kill(fixture.pid("events"), "SIGKILL");
  await fixture.ready("events", since);
  const dealer = fixture.connect("DEALER");
  for (let i = 0; i < 20; i++) await fixture.ask(dealer, "create");
  await monitor.until("to see all sessions, and the restart", async () => {
    const { sessions, event_handler } = await monitor.server();
    return sessions === 20 && event_handler?.restarts === 1;
  });
  const { missing, restarts, events } = await monitor.server();
  assertEquals([missing, restarts, events.state], [0, 0, "up"]);
  assertEquals(await monitor.metric("janus_zeromq_restarts_total"), {
    'plugin="transport"': 0,
    'plugin="eventhandler"': 1,
  });
});

Deno.test("--bind: an event handler that dials out to the monitor", async () => {
  const [port] = freePorts(1);
  const endpoint = `tcp://127.0.0.1:${port}`;
  await using monitor = await RunningMonitor.start("--events", `edge=${endpoint}`, "--bind");
  assertEquals((await monitor.server()).events.state, "connecting");
  const general = { mode: "connect", endpoints: [endpoint], sequence: true };
  await using fixture = await Fixture.start({
    settings: { event_handler: { general } },
    ready: /Events \(.*\) to tcp:/,
  });
  await monitor.ready();
  await fixture.ask(fixture.connect("DEALER"), "create");
  await monitor.until("to see a session", async () => (await monitor.server()).sessions === 1);
  assertEquals((await monitor.server()).name, "edge");
});
