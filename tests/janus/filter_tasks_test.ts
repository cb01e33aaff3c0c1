/** The tasks for authors of filters, on the events of a real Janus. */
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { withFolder } from "../folder.ts";
import { runTask, startTask, WatchedTask } from "../scripts/task.ts";
import { Fixture, sharedFixture } from "./support/fixture.ts";

const shared = sharedFixture({ admin: true });

/** Puts the mode right that key files must have: the configuration's folder is its third word. */
const PROTECT_KEY = ["sh", "-c", 'chmod 600 "$3/server.key"; exec "$@"', "sh"];

const start = (task: string, args: readonly string[], cwd = "/") =>
  new WatchedTask(startTask(task, args, { cwd, env: { NO_COLOR: "1" } }));

Deno.test("events:record writes what subscribers get, byte by byte, and filter:try reads it", async () => {
  const fixture = await shared();
  await withFolder(async (folder) => {
    const { events } = fixture.janus.endpoints;
    const args = ["--endpoint", events, "--output", "events.jsonl", "--count", "5"];
    await fixture.subscriptions(0);
    const task = start("events:record", args, folder);
    await fixture.subscriptions(1);
    const sub = fixture.client.open({ type: "SUB", endpoint: events });
    await fixture.subscriptions(2);
    for (let i = 0; i < 5; i++) await fixture.emit({ i, text: "é\n]", id: 1e15 });
    const seen: string[] = [];
    while (seen.length < 5) {
      const text = await sub.text();
      if (JSON.parse(text).type === 4) seen.push(text);
    }
    await sub.close();
    const { code, stderr } = await task.end();
    assertEquals({ code, stderr }, {
      code: 0,
      stderr: `5 events recorded in ${folder}/events.jsonl\n`,
    });
    assertEquals(await Deno.readTextFile(`${folder}/events.jsonl`), `${seen.join("\n")}\n`);
    const tried = await runTask(
      "filter:try",
      [`${PROJECT_ROOT}/scripts/examples/filters/prometheus.ts`, "--events", "events.jsonl"],
      { cwd: folder },
    );
    assertEquals(tried.code, 0, tried.stderr);
    assertStringIncludes(
      tried.stdout,
      "5 events: 0 that no filter wants; of the others 5 passed as they were",
    );
  });
});

Deno.test("filter:try --endpoint shows what a filter makes of a session's events", async () => {
  const fixture = await shared();
  await withFolder(async (folder) => {
    await runTask("filter:new", ["named"], { cwd: folder });
    const source = await Deno.readTextFile(`${folder}/named.ts`);
    const from = source.indexOf("  // The events that it gets");
    const code = `  events: ["handles"],
  filter: (event) => event.event.name === "detached" ? null : { ...event, named: true },
});
`;
    await Deno.writeTextFile(`${folder}/named.ts`, source.slice(0, from) + code);
    const args = ["named.ts", "--endpoint", fixture.janus.endpoints.events];
    await fixture.subscriptions(0);
    const task = start("filter:try", args, folder);
    await fixture.subscriptions(1);
    await using dealer = fixture.connect("DEALER");
    const session_id = (await fixture.ask(dealer, "create")).data.id;
    const plugin = "janus.plugin.echotest";
    const { id } = (await fixture.ask(dealer, "attach", { session_id, plugin })).data;
    await fixture.ask(dealer, "detach", { session_id, handle_id: id });
    const head = `handles session ${session_id} handle ${id}`;
    await task.until(({ stdout }) => new RegExp(`${head} {2}dropped`).test(stdout));
    task.interrupt();
    const { code: exit, stdout, stderr } = await task.end();
    assertEquals({ exit, stderr }, { exit: 0, stderr: "" });
    assertMatch(stdout, new RegExp(`${head} {2}changed.*\\n(.*\\n)*? {4}\\+ named: true\\n`));
    assertMatch(stdout, /1 changed, 1 dropped; \d+ published, 0 errors/);
  });
});

Deno.test("events:record says what to look at where Janus is connected, but silent", async () => {
  const fixture = await shared();
  await fixture.subscriptions(0);
  const args = ["--endpoint", fixture.janus.endpoints.events, "--topic", "media."];
  const task = start("events:record", args);
  await task.until(({ stderr }) => stderr.includes("\n"));
  assertMatch(
    task.stderr,
    /^Connected to tcp:.*, but nothing has come in 3 s\..*broadcast = true.*general\.topics = true/,
  );
  task.interrupt();
  assertEquals((await task.end()).code, 1);
});

Deno.test("events:record reaches a secured Janus with the files that keygen wrote", async () => {
  await withFolder(async (folder) => {
    for (const args of [["server"], ["client", "ann"]]) {
      const made = await runTask("keygen", [...args, "--folder", folder], { cwd: folder });
      assertEquals(made.code, 0, made.stderr);
    }
    const [, key] = (await Deno.readTextFile(`${folder}/clients/ann.pub`)).split("\n");
    const security = { mechanism: "curve", secret_key: "server.key", clients: "clients" };
    await using fixture = await Fixture.start({
      admin: true,
      files: {
        "server.key": await Deno.readTextFile(`${folder}/server.key`),
        "clients": `${key} ann\n`,
      },
      settings: { event_handler: { security } },
      wrapper: PROTECT_KEY,
    });
    const from = ["--endpoint", fixture.janus.endpoints.events, "--count", "1"];
    const keys = ["--server-key", "server.pub", "--key", "ann.key"];
    const task = start("events:record", [...from, ...keys], folder);
    await fixture.subscriptions(1);
    await fixture.emit({ secret: true });
    const { code, stdout } = await task.end();
    assertEquals(code, 0);
    assertEquals(JSON.parse(stdout).event.data, { secret: true });
    const open = start("events:record", from, folder);
    await open.until(({ stderr }) => stderr.includes("\n"));
    assertMatch(open.stderr, /(refuses us|Nobody answers).*--server-key and --key \(curve\)/);
    open.interrupt();
    assertEquals((await open.end()).code, 1);
  });
});
