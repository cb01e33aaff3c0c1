import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertThrows,
} from "../../../tests/assert.ts";
import * as zmq from "../mod.ts";
import { delay, type Finished, freeAddress, runDeno, test, TRANSPORTS } from "./helpers.ts";

const FLAGS = ["--allow-ffi", "--v8-flags=--expose-gc"];

async function runs(source: string, limit?: number): Promise<Finished> {
  const result = await runDeno(source, FLAGS, {}, limit);
  assertEquals(result.stderr, "");
  return result;
}

Deno.test("a program exits when nobody waits on its sockets", async () => {
  for (const kind of ["handle", "thread"]) {
    const { code, stdout } = await runs(
      `const { readinessKind } = await import(new URL("./readiness.ts", ${
        JSON.stringify(new URL("../mod.ts", import.meta.url).href)
      }));
       if ("${kind}" === "thread") readinessKind.force = "thread";
       const bound = new zmq.Reply();
       await bound.bind("tcp://127.0.0.1:*");
       const pull = new zmq.Pull({ receiveTimeout: 20 });
       try { await pull.receive(); } catch (error) { console.log(error.code); }
       const request = new zmq.Request({ linger: 0 });
       request.connect(bound.lastEndpoint);
       await request.send("x");
       console.log(String(await bound.receive()));
       bound.events.on("close", () => {});
       bound.events.close();`,
    );
    assertEquals([code, stdout], [0, "EAGAIN\nx\n"], kind);
  }
});

Deno.test("a program stays while a receive waits", async () => {
  const { code } = await runs(
    `const pull = new zmq.Pull(); await pull.bind("tcp://127.0.0.1:*"); await pull.receive();`,
    1500,
  );
  assertEquals(code, 124);
});

Deno.test("a program stays while a send waits", async () => {
  const { code } = await runs(`const push = new zmq.Push(); push.send("x");`, 1500);
  assertEquals(code, 124);
});

Deno.test("a program ends after what it has sent has left", async () => {
  const pull = new zmq.Pull({ receiveTimeout: 5000 });
  await pull.bind("tcp://127.0.0.1:*");
  const address = JSON.stringify(pull.lastEndpoint);
  const { code } = await runs(
    `const push = new zmq.Push();
     push.connect(${address});
     for (let n = 0; n < 500; n++) await push.send("message " + n);`,
  );
  assertEquals(code, 0);
  for (let n = 0; n < 500; n++) assertEquals(String((await pull.receive())[0]), `message ${n}`);
  pull.close();
});

Deno.test("the end of a program honours linger", async () => {
  const send = `push.connect("tcp://127.0.0.1:1"); await push.send("lost");`;
  const none = await runs(`const push = new zmq.Push({ linger: 0 }); ${send}`);
  assertEquals(none.code, 0);
  const some = await runs(
    `const push = new zmq.Push({ linger: 700 }); ${send} console.log(Date.now());`,
  );
  assertEquals(some.code, 0);
  const lingered = Date.now() - Number(some.stdout);
  assert(lingered >= 700, `${lingered} ms`);
  const forever = await runs(`const push = new zmq.Push(); ${send}`, 2000);
  assertEquals(forever.code, 124);
  const exits = await runs(`const push = new zmq.Push({ linger: 0 }); ${send} Deno.exit(3);`);
  assertEquals(exits.code, 3);
});

Deno.test("a program can be ended while a proxy runs", async () => {
  const { code, stdout } = await runs(
    `const proxy = new zmq.Proxy(new zmq.Pull(), new zmq.Push());
     await proxy.frontEnd.bind("tcp://127.0.0.1:*");
     await proxy.backEnd.bind("tcp://127.0.0.1:*");
     proxy.run();
     setTimeout(() => { console.log("exit"); Deno.exit(4); }, 100);`,
  );
  assertEquals([code, stdout], [4, "exit\n"]);
});

Deno.test("a dropped socket is closed by the collector", async () => {
  const { code, stdout } = await runs(
    `let address;
     const held = new zmq.Pull();
     await held.bind("tcp://127.0.0.1:*");
     (() => {
       const dropped = new zmq.Reply();
       dropped.bindSync("tcp://127.0.0.1:*");
       address = dropped.lastEndpoint;
     })();
     const next = new zmq.Reply();
     try { next.bindSync(address); } catch (error) { console.log(error.code); }
     for (let tries = 0; tries < 50; tries++) {
       gc();
       await new Promise((resolve) => setTimeout(resolve, 10));
       try { next.bindSync(address); console.log("free"); break; } catch { /* not yet */ }
     }
     console.log(held.closed);`,
  );
  assertEquals([code, stdout], [0, "EADDRINUSE\nfree\nfalse\n"]);
});

Deno.test("a socket that someone waits on is not collected", async () => {
  const { code, stdout } = await runs(
    `let address;
     const received = (() => {
       const pull = new zmq.Pull();
       pull.bindSync("tcp://127.0.0.1:*");
       address = pull.lastEndpoint;
       return pull.receive();
     })();
     for (let tries = 0; tries < 10; tries++) {
       gc();
       await new Promise((resolve) => setTimeout(resolve, 10));
     }
     const push = new zmq.Push();
     push.connect(address);
     await push.send("still there");
     console.log(String(await received));`,
  );
  assertEquals([code, stdout], [0, "still there\n"]);
});

Deno.test("await using closes sockets and contexts", async () => {
  let socket, context;
  {
    await using inner = new zmq.Context();
    await using push = new zmq.Push({ context: inner });
    [socket, context] = [push, inner];
  }
  assert(socket.closed && context.closed);
  const error = assertThrows(() => new zmq.Push({ context }), zmq.ZmqError);
  assertEquals(error.code, "ETERM");
  socket.close();
  await context.close();
});

test("the end of a context waits for what is unsent, as long as linger says", async () => {
  const context = new zmq.Context();
  const push = new zmq.Push({ context, linger: 150 });
  push.connect("tcp://127.0.0.1:1");
  await push.send("lost");
  let ticks = 0;
  const timer = setInterval(() => ticks++, 10);
  const started = performance.now();
  await context.close();
  clearInterval(timer);
  const elapsed = performance.now() - started;
  assert(elapsed > 140 && ticks > 5, `${elapsed} ms, ${ticks} ticks`);
  assert(push.closed);

  const quick = new zmq.Context({ blocky: false });
  const other = new zmq.Push({ context: quick });
  other.connect("tcp://127.0.0.1:1");
  await other.send("lost");
  const again = performance.now();
  await quick.close();
  assertLess(performance.now() - again, 140);
});

test("close() during a bind or unbind takes effect after it", async () => {
  const socket = new zmq.Dealer();
  const bound = socket.bind("tcp://127.0.0.1:*");
  assertEquals(assertThrows(() => socket.bind("inproc://other"), zmq.ZmqError).code, "EBUSY");
  socket.close();
  assert(!socket.closed);
  await bound;
  assert(socket.closed);
});

test("an address can be bound again as soon as its socket is closed", async () => {
  for (const transport of TRANSPORTS) {
    let address = freeAddress(transport);
    for (let round = 0; round < 20; round++) {
      const socket = new zmq.Reply();
      await socket.bind(address);
      address = socket.lastEndpoint!;
      socket.close();
    }
  }
});

test("an address that another socket has is refused all the same", async () => {
  await using first = new zmq.Reply();
  await using second = new zmq.Reply();
  await first.bind(freeAddress("inproc"));
  new zmq.Reply().close();
  const error = await assertRejects(() => second.bind(first.lastEndpoint!), zmq.ZmqError);
  assertEquals(error.code, "EADDRINUSE");
});

test("a program that ends right after a close sends what it has sent before", async () => {
  await using pull = new zmq.Pull();
  await pull.bind("tcp://127.0.0.1:*");
  const { code } = await runs(
    `const push = new zmq.Push();
     push.connect(${JSON.stringify(pull.lastEndpoint)});
     await push.send("x".repeat(1000000));
     push.close();
     Deno.exit(0);`,
  );
  assertEquals([code, (await pull.receive())[0].length], [0, 1000000]);
});

test("the end of a context ends waits on its sockets", async () => {
  const context = new zmq.Context();
  const pull = new zmq.Pull({ context });
  const received = pull.receive();
  const closing = context.close();
  const error = await assertRejects(() => received, zmq.ZmqError);
  assertEquals(error.code, "EAGAIN");
  await closing;
});

Deno.test("a socket that is closed and opened over and over leaves no descriptor", async () => {
  const open = () => [...Deno.readDirSync("/proc/self/fd")].length;
  const once = async () => {
    await using reply = new zmq.Reply({ linger: 0 });
    await using request = new zmq.Request({ linger: 0 });
    await reply.bind(freeAddress("tcp"));
    request.connect(reply.lastEndpoint!);
    const [frames] = await Promise.all([reply.receive(), request.send("x")]);
    assertEquals(String(frames[0]), "x");
  };
  for (let n = 0; n < 5; n++) await once();
  await delay(50);
  const before = open();
  for (let n = 0; n < 100; n++) await once();
  await delay(100);
  assertLess(open() - before, 10);
});

Deno.test("a worker that alone uses libzmq can be terminated, whatever it is at", async () => {
  const library = JSON.stringify(new URL("../mod.ts", import.meta.url).href);
  const source = `
    import { Dealer, Router } from ${library};
    const router = new Router(), dealer = new Dealer();
    router.bindSync("tcp://127.0.0.1:*");
    dealer.connect(router.lastEndpoint);
    await dealer.send("x");
    await router.receive();
    self.postMessage("up");
    for (;;) { await dealer.send("x"); await router.receive(); }`;
  const url = `data:application/javascript,${encodeURIComponent(source)}`;
  const program = `
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(${JSON.stringify(url)}, { type: "module" });
      await new Promise((resolve) => worker.onmessage = resolve);
      worker.terminate();
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    console.log("well");`;
  const path = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(path, program);
    for (let i = 0; i < 20; i++) {
      const { code, stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--no-config", path],
      }).output();
      assertEquals([code, new TextDecoder().decode(stdout)], [0, "well\n"], `run ${i}`);
    }
  } finally {
    await Deno.remove(path);
  }
});
