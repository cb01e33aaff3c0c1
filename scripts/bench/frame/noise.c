/* How late the machine is: a thread that sleeps 100 us at a time, and how long after that it runs.
 *
 * Says "ready" and reads from stdin for how many milliseconds, one number a line. Each is answered
 * by one line of JSON: microseconds late, by half of the wakes, 99 and 999 of 1,000, and the latest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "bench.h"

enum { SLEEP_NS = 100000 };

static struct durations late;

static void measure(long milliseconds)
{
	late.size = 0;
	int64_t end = read_clock(CLOCK_MONOTONIC) + milliseconds * 1000000LL;
	for (int64_t before = read_clock(CLOCK_MONOTONIC); before < end;) {
		nanosleep(&(struct timespec){.tv_nsec = SLEEP_NS}, NULL);
		int64_t after = read_clock(CLOCK_MONOTONIC);
		durations_add(&late, after - before - SLEEP_NS);
		before = after;
	}
	durations_sort(&late);
	printf("{\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}\n", durations_percentile(&late, 0.5),
		durations_percentile(&late, 0.99), durations_percentile(&late, 0.999),
		durations_percentile(&late, 1));
	fflush(stdout);
}

int main(void)
{
	char line[32];
	/* Else Linux may add 50 us of its own, to wake threads together. */
	if (prctl(PR_SET_TIMERSLACK, 1) < 0)
		die("the timers' slack", NULL);
	setvbuf(stdin, NULL, _IONBF, 0);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin) != NULL)
		measure(atol(line));
	return 0;
}
