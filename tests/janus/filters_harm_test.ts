/** Filters in a real Janus that fail, hang, eat memory or pry: nothing that they do hurts. */
import { assertEquals } from "../assert.ts";
import { filter, Filtered } from "./support/filtered.ts";

Deno.test("a filter that throws: the event passes, or is dropped, and the log has file and line", async () => {
  const files = {
    "bad.ts": filter(
      "bad",
      `data.spoilt = true;\n    if (data.n > 1) throw new TypeError("no " + data.n);\n    return event;`,
    ),
  };
  {
    await using f = await Filtered.start(files);
    await using sub = await f.fixture.subscribe();
    const events = await f.numbered(sub, 4);
    assertEquals(events.map(({ event }) => event.data), [
      { n: 0, spoilt: true },
      { n: 1, spoilt: true },
      { n: 2 },
      { n: 3 },
    ]);
    await f.line(
      /\[ERR\] \[janus\.eventhandler\.zeromqevh\] Filter "bad": TypeError: no 2 \(\/.*\/bad\.ts:5:\d+\); the event passes unchanged/,
    );
    const [bad] = await f.info();
    assertEquals([bad!.errors, bad!.state], [2, "on"]);
  }
  await using f = await Filtered.start(files, { filters: { on_error: "drop" } });
  await using sub = await f.fixture.subscribe();
  assertEquals((await f.numbered(sub, 4)).length, 2);
  await f.line(/Filter "bad": TypeError: no 2 .*; the event is dropped/);
});

Deno.test("a filter that hangs or ends its process: ended, at last disabled; nothing else is touched", async () => {
  await using f = await Filtered.start({
    "stuck.ts": filter(
      "stuck",
      `if (data.n % 3 === 1) for (;;); if (data.n === 6) Deno.exit(0); data.here = true; return event;`,
    ),
    "fine.ts": filter("fine", `data.fine = true; return event;`),
  }, { filters: { timeout: 300 } });
  await using sub = await f.fixture.subscribe();
  const pid = f.fixture.pid("events");
  const events = await f.numbered(sub, 10);
  assertEquals(
    events.map(({ event }) => event.data),
    Array.from(
      { length: 10 },
      (_, n) => ({ n, ...(n < 6 && n % 3 !== 1 ? { here: true } : {}), fine: true }),
    ),
  );
  await f.line(
    /Filter "stuck" did not return within 300 ms \(filters\.timeout\); the event passes without it\. Its process is started again/,
  );
  await f.line(
    /Filter "stuck" exited with code 0; .* third time in a row: it is disabled, and events go past it, until \/.*stuck\.ts changes/,
  );
  // The plugin's own process goes on, and so does the subscriber's connection.
  assertEquals(f.fixture.pid("events"), pid);
  const [stuck, fine] = await f.info();
  assertEquals([stuck!.state, stuck!.timeouts, fine!.state, fine!.timeouts], [
    "disabled",
    3,
    "on",
    0,
  ]);
  await f.write("stuck.ts", filter("stuck", "data.here = true; return event;"));
  await f.fixture.waitFor("it to be back", async () => (await f.info())?.[0]?.state === "on");
  assertEquals((await f.numbered(sub, 1, 7)).map(({ event }) => event.data), [{
    n: 7,
    here: true,
    fine: true,
  }]);
});

for (
  const [what, bytes] of [["JavaScript's heap", "new Array(1000).fill(1.5)"], [
    "buffers",
    "new Uint8Array(1 << 20).fill(1)",
  ]]
) {
  Deno.test(`a filter that eats memory (${what}) meets its limit; no event is lost, and it is disabled`, async () => {
    await using f = await Filtered.start({
      "greedy.ts": filter(
        "greedy",
        `const all = []; if (data.n === 2) for (;;) all.push(${bytes}); data.here = true; return event;`,
      ),
    }, { filters: { timeout: 20_000, max_memory: 64 } });
    await using sub = await f.fixture.subscribe();
    const pid = f.fixture.pid("events");
    const numbers = (await f.numbered(sub, 5)).map(({ event }) => event.data.n);
    assertEquals(numbers, [0, 1, 2, 3, 4]);
    for (let n = 0; n < 4; n++) {
      if ((await f.info())[0]!.state === "disabled") break;
      assertEquals((await f.numbered(sub, 1, 2)).map(({ event }) => event.data), [{ n: 2 }]);
    }
    const ended = /Filter .*greedy.*out of memory.* third time in a row: it is disabled/;
    // Of buffers it depends on what else the engine needs just then.
    const either = new RegExp(
      `${ended.source}|Filter "greedy": RangeError: Array buffer allocation failed`,
    );
    await f.line(what === "JavaScript's heap" ? ended : either);
    assertEquals(f.fixture.pid("events"), pid);
  });
}

Deno.test("a filter that kills its process: no event is lost, and it is disabled", async () => {
  // Not even SIGKILL: a process may always do that to itself.
  await using f = await Filtered.start({
    "deadly.ts": `import { kill } from "node:process";\n` +
      filter(
        "deadly",
        `if (data.n === 2) kill(Deno.pid, "SIGKILL"); data.here = true; return event;`,
      ),
    "fine.ts": filter("fine", `return event;`),
  });
  await using sub = await f.fixture.subscribe();
  const pid = f.fixture.pid("events");
  const numbers = (await f.numbered(sub, 6)).map(({ event }) => event.data.n);
  assertEquals(numbers, [0, 1, 2, 3, 4, 5]);
  await f.line(/Filter "deadly" was ended by signal 9 \(Killed\); the event passes without it/);
  await f.numbered(sub, 2, 2);
  await f.numbered(sub, 1, 2);
  assertEquals((await f.info())[0]!.state, "disabled");
  assertEquals((await f.numbered(sub, 1, 2)).map(({ event }) => event.data), [{ n: 2 }]);
  assertEquals(f.fixture.pid("events"), pid);
});

Deno.test("no permission but those granted; and none of them where none is granted", async () => {
  const tries = `const tried: Record<string, unknown> = {};
    const tries: Record<string, () => unknown> = {
      read: () => Deno.readTextFileSync("/etc/hostname").length > 0,
      config: () => Deno.readTextFileSync(data.config).length > 0,
      env: () => Deno.env.get("FILTER_TEST"),
      home: () => Deno.env.get("HOME") ?? null,
      ffi: () => Deno.dlopen("/proc/self/fd/8", {}) !== null,
      run: () => new Deno.Command("true").outputSync().success,
      fetch: async () => await (await fetch(data.url)).text(),
      other: async () => await (await fetch("http://127.0.0.1:9/")).text(),
      npm: async () => Object.keys(await import("npm:left-pad" + "")),
    };
    return (async () => {
      for (const [name, run] of Object.entries(tries)) {
        try { tried[name] = await run(); } catch (error) { tried[name] = (error as Error).name; }
      }
      data.tried = tried;
      return event;
    })();`;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("pong"),
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  for (const granted of [false, true]) {
    const permissions = {
      net: [`127.0.0.1:${server.addr.port}`],
      read: "/etc/hostname",
      env: ["FILTER_TEST"],
    };
    await using f = await Filtered.start({ "tries.ts": filter("tries", tries) }, {
      env: { FILTER_TEST: "seen" },
      filters: granted ? { permissions } : {},
    });
    await using sub = await f.fixture.subscribe();
    const config = `${f.fixture.janus.folder}/configs/janus.jcfg`;
    await f.fixture.emit({ url, config });
    const [event] = (await sub.until(({ type }) => type === 4)).slice(-1);
    const { tried } = event!.event.data;
    assertEquals(tried, {
      read: granted ? true : "NotCapable",
      config: "NotCapable",
      env: granted ? "seen" : "NotCapable",
      home: "NotCapable",
      ffi: "NotCapable",
      run: "NotCapable",
      fetch: granted ? "pong" : "NotCapable",
      other: "TypeError",
      npm: "TypeError",
    });
  }
});
