import { parsePlacement, placeThreads } from "../../../../scripts/bench/events/placement.ts";
import { coresOf } from "../../../../scripts/bench/frame/cores.ts";
import { UsageError } from "../../../../scripts/lib/command_line.ts";
import { assertEquals, assertRejects, assertThrows } from "../../../assert.ts";

Deno.test("parsePlacement() says what there is", () => {
  assertEquals([parsePlacement(undefined), parsePlacement("one")], ["free", "one"]);
  assertThrows(() => parsePlacement("three"), UsageError, 'one of one, two, free, not "three"');
});

/** Threads as Janus has them: a main one, the event thread, the generator. */
const THREADS = `
import ctypes, sys, threading
def run(name, done):
    ctypes.CDLL(None).prctl(15, name)
    done.set()
    sys.stdin.read()
for name in b"event", b"eventgen":
    done = threading.Event()
    thread = threading.Thread(target=run, args=(name, done), daemon=True)
    thread.start()
    done.wait()
    print(thread.native_id, flush=True)
threading.Event().wait()
`;

Deno.test("placeThreads() keeps both threads on the first core, and no other thread", async () => {
  const all = await coresOf(Deno.pid);
  const command = new Deno.Command("/usr/bin/python3", {
    args: ["-c", THREADS],
    stdin: "piped",
    stdout: "piped",
  });
  await using process = command.spawn();
  let text = "";
  for await (const chunk of process.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.split("\n").length > 2) break;
  }
  const threads = text.trim().split("\n").map(Number);
  await placeThreads(process.pid, "free");
  assertEquals(await Promise.all(threads.map(coresOf)), [all, all]);
  await placeThreads(process.pid, "one");
  assertEquals(await Promise.all(threads.map(coresOf)), [[all[0]], [all[0]]]);
  assertEquals(await coresOf(process.pid), all);
  process.kill("SIGKILL");
});

Deno.test("placeThreads() wants a Janus with the generator", async () => {
  await assertRejects(() => placeThreads(Deno.pid, "one"), Error, "the generator's thread");
});
