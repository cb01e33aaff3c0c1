import { compileProgram } from "../../../../scripts/bench/frame/compile.ts";
import { LineProcess } from "../../../../scripts/bench/frame/line_process.ts";
import { SUBSCRIBER } from "../../../../scripts/bench/events/prepare.ts";
import { assert, assertEquals } from "../../../assert.ts";

/** Hands over 100 events of run 1000: the first ten were made 1 s before, the others 10 ms; one comes twice. */
const BACKEND = `
#include <stdio.h>
#include "${SUBSCRIBER.replace(/[^/]*$/, "subscriber.h")}"
#include "${SUBSCRIBER.replace(/[^/]*$/, "mark.h")}"
static int next;
static void open_nothing(const char *address) { (void)address; }
static int receive(message_handler *handle, int wait)
{
	char text[128];
	(void)wait;
	if (next > 100)
		return 0;
	int number = next == 0 ? 0 : next - 1;
	long long made = read_clock(CLOCK_MONOTONIC) - (number < 10 ? 1000000000 : 10000000);
	int length = snprintf(text, sizeof text, "{\\"bench\\":[1000,%d,%lld]}", FIRST_NUMBER + number, made);
	handle(text, (size_t)length);
	next++;
	return 1;
}
const struct backend backend = {.open = open_nothing, .receive = receive};
`;

Deno.test("the subscriber tells latency of the parts that it is asked for", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [source, program] = [`${folder}/backend.c`, `${folder}/subscriber`];
    await Deno.writeTextFile(source, BACKEND);
    await compileProgram(program, [SUBSCRIBER, source], []);
    await using subscriber = await LineProcess.start(program, ["nowhere"]);
    await subscriber.send("1000 100 200 10 100 0 100");
    await subscriber.send("end");
    const { received, doubled, parts: [later, all] } = JSON.parse(await subscriber.receive());
    assertEquals([received, doubled], [100, 1]);
    assert(later.p50 >= 10_000 && later.most < 1_000_000, JSON.stringify(later));
    // A tenth of them all are the slow ones.
    assert(all.p50 < 1_000_000 && all.p99 >= 1_000_000, JSON.stringify(all));
    assert(all.p99 <= all.p99_9 && all.p99_9 <= all.most, JSON.stringify(all));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
