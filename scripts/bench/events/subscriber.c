/* A subscriber: takes the events that eventgen makes, and measures how they come.
 *
 *     subscriber ADDRESS
 *
 * connects, says "ready" and reads commands from stdin, one a line:
 *
 *     RUN COUNT QUIET_MS FROM TO [FROM TO]
 *     end
 *
 * It takes that run's events until the last one is here, or none came for about QUIET_MS after "end",
 * which says that all of them are made. Each run is answered by one line of JSON: how many came, more
 * than once, and out of order, when the first and the last came (CLOCK_MONOTONIC, ns), how large they
 * were, the processor time (microseconds) that this process used, and latency (microseconds) of parts
 * of the run: of the events that were made as number FROM up to TO, without TO. What is left of runs
 * before is passed over.
 */
#include "subscriber.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mark.h"

enum { PATIENCE_SECONDS = 60, MOST_PARTS = 2 };

struct part {
	long long from, to;
};

static int64_t run, count;
static int64_t *latencies; /* by number, in ns; negative until it came */
static int64_t received, doubled, disordered, newest, bytes;
static int64_t first_at, last_at;

static void take_event(int64_t number, int64_t sent_at)
{
	if (number < 0 || number >= count)
		die("an event", "has a number that none was given");
	int64_t at = read_clock(CLOCK_MONOTONIC);
	if (latencies[number] >= 0) {
		doubled++;
		return;
	}
	latencies[number] = at - sent_at;
	if (received++ == 0)
		first_at = at;
	last_at = at;
	if (number < newest)
		disordered++;
	else
		newest = number;
}

/* Reads a number, and passes over what is behind it. */
static int64_t take_number(const char **at, const char *end)
{
	int64_t number = 0;
	for (; *at < end && **at >= '0' && **at <= '9'; (*at)++)
		number = number * 10 + (**at - '0');
	*at += *at < end;
	return number;
}

static void take_message(const char *text, size_t length)
{
	static const char key[] = "\"" MARK "\":[";
	const char *at = text, *end = text + length;
	int ours = 0;
	while ((at = memmem(at, (size_t)(end - at), key, sizeof key - 1)) != NULL) {
		at += sizeof key - 1;
		int64_t its_run = take_number(&at, end), number = take_number(&at, end);
		int64_t sent_at = take_number(&at, end);
		if (its_run != run)
			continue;
		ours = 1;
		take_event(number - FIRST_NUMBER, sent_at);
	}
	if (ours)
		bytes += (int64_t)length;
}

static void reset(void)
{
	received = doubled = disordered = newest = bytes = 0;
	first_at = last_at = 0;
	for (int64_t number = 0; number < count; number++)
		latencies[number] = -1;
}

static void take_end(void)
{
	char line[16];
	if (fgets(line, sizeof line, stdin) == NULL || strcmp(line, "end\n") != 0)
		die("stdin", "expected end");
}

/* Takes the line if it is there already. */
static int try_take_end(void)
{
	struct pollfd item = {.fd = 0, .events = POLLIN};
	if (poll(&item, 1, 0) <= 0)
		return 0;
	take_end();
	return 1;
}

static void print_part(const struct part *part)
{
	static struct durations sorted;
	sorted.size = 0;
	for (int64_t number = part->from; number < part->to; number++)
		if (latencies[number] >= 0)
			durations_add(&sorted, latencies[number]);
	durations_sort(&sorted);
	durations_print(&sorted);
}

static void measure(int64_t quiet_ms, const struct part *parts, int part_count)
{
	int ended = 0;
	reset();
	int64_t cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID);
	alarm(PATIENCE_SECONDS);
	/* Not by the clock: where the machine stands still for a while, the ticks do as well. */
	for (int64_t idle = 0; latencies[count - 1] < 0 && idle < quiet_ms;) {
		if (backend.receive(take_message, 1))
			idle = 0;
		else if (ended || (ended = try_take_end()))
			idle += TICK_MS;
	}
	cpu = read_clock(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (!ended)
		take_end();
	alarm(0);
	printf("{\"received\":%lld,\"doubled\":%lld,\"disordered\":%lld,\"first_at\":%lld,"
		"\"last_at\":%lld,\"bytes\":%lld,\"cpu\":%.0f,\"parts\":[",
		(long long)received, (long long)doubled, (long long)disordered, (long long)first_at,
		(long long)last_at, (long long)bytes, (double)cpu / 1e3);
	for (int i = 0; i < part_count; i++) {
		if (i > 0)
			putchar(',');
		print_part(&parts[i]);
	}
	puts("]}");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char line[128];
	if (argc != 2)
		die("usage", "subscriber ADDRESS");
	latencies = malloc(MOST_EVENTS * sizeof *latencies);
	if (latencies == NULL)
		die("memory", NULL);
	setvbuf(stdin, NULL, _IONBF, 0); /* poll() sees only what has not been read */
	backend.open(argv[1]);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin) != NULL) {
		long long its_run, its_count, quiet_ms;
		struct part parts[MOST_PARTS];
		int given = sscanf(line, "%lld %lld %lld %lld %lld %lld %lld", &its_run, &its_count, &quiet_ms,
			&parts[0].from, &parts[0].to, &parts[1].from, &parts[1].to);
		int part_count = (given - 3) / 2;
		if ((given != 5 && given != 7) || its_count < 1 || its_count > MOST_EVENTS)
			die(line, "expected RUN COUNT QUIET_MS FROM TO");
		for (int i = 0; i < part_count; i++)
			if (parts[i].from < 0 || parts[i].to > its_count)
				die(line, "has a part that is not in the run");
		run = its_run;
		count = its_count;
		measure(quiet_ms, parts, part_count);
	}
	return 0;
}
