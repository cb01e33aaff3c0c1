/** The monitor's log: what gets there, how often, and what becomes of it if nobody reads it. */
import { LineLog } from "../../../scripts/monitor/log.ts";
import { assert, assertEquals } from "../../assert.ts";

/** Keeps what is written; nothing settles until it is let. */
class Reader {
  readonly lines: string[] = [];
  #go = Promise.withResolvers<void>();

  read(): void {
    this.#go.resolve();
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#go.promise;
    this.lines.push(new TextDecoder().decode(bytes).trimEnd());
    return bytes.length;
  }
}

function logTo(secrets: string[] = [], clock = { now: 0 }) {
  const reader = new Reader();
  return { reader, log: new LineLog(reader, secrets, () => clock.now), clock };
}

Deno.test("a line is one line, without controls and secrets", async () => {
  const { reader, log } = logTo(["S3cret", ""]);
  reader.read();
  log.warning("you said S3cret \x1b[31m\nerror: forged \u202e!");
  log.error("x".repeat(10_000));
  await log.flush();
  assertEquals(reader.lines[0], "warning: you said (secret)  [31m error: forged  !");
  assertEquals(reader.lines[1]!.length, 2000);
});

Deno.test("what comes again and again is said once a minute, with how often it came", async () => {
  const { reader, log, clock } = logTo();
  reader.read();
  for (let i = 0; i < 1000; i++) log.repeated("A request failed: x");
  log.repeated("A request failed: y");
  clock.now += 60_000;
  log.repeated("A request failed: x");
  await log.flush();
  assertEquals(reader.lines, [
    "error: A request failed: x",
    "error: A request failed: y",
    "error: A request failed: x (999 times before it)",
  ]);
});

Deno.test("there are only so many lines a minute; those left out are counted", async () => {
  const { reader, log, clock } = logTo();
  reader.read();
  for (let i = 0; i < 500; i++) {
    log.info(`line ${i}`);
    await log.flush();
  }
  assertEquals(reader.lines.length, 120);
  clock.now += 60_000;
  log.info("next");
  await log.flush();
  assertEquals(reader.lines.slice(120), [
    "warning: 380 lines were left out, as they were too many or nobody read them",
    "next",
  ]);
});

Deno.test("nobody reads: nothing is held up, and little is kept", async () => {
  const { reader, log, clock } = logTo();
  for (let i = 0; i < 1000; i++) {
    log.info(`line ${i}`);
    if (i % 100 === 0) clock.now += 60_000;
  }
  assertEquals(reader.lines, []);
  reader.read();
  await log.flush();
  assert(reader.lines.length <= 202, String(reader.lines.length));
  assert(reader.lines.some((line) => line.includes("lines were left out")));
});

Deno.test("the disk is full: that ends nothing", async () => {
  const log = new LineLog({ write: () => Promise.reject(new Error("No space left on device")) });
  for (let i = 0; i < 10; i++) log.info("x");
  await log.flush();
});
