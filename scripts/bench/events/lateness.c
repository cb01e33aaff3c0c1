/* How late this machine wakes a thread that sleeps for 100 us again and again: of a tail that others
 * show, so much is not theirs.
 *
 * It says "ready" and reads from stdin, one a line, for how many milliseconds it is to look. Each is
 * answered by one line of JSON, in microseconds, as durations_print() has it.
 */
#include <stdio.h>
#include <sys/prctl.h>

#include "../frame/bench.h"

static const int64_t SLEEP_NS = 100000;

static void look(int64_t ms)
{
	static struct durations late;
	const struct timespec pause = {.tv_nsec = SLEEP_NS};
	int64_t end = read_clock(CLOCK_MONOTONIC) + ms * 1000000;
	late.size = 0;
	for (int64_t before; (before = read_clock(CLOCK_MONOTONIC)) < end;) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		durations_add(&late, read_clock(CLOCK_MONOTONIC) - before - SLEEP_NS);
	}
	durations_sort(&late);
	durations_print(&late);
	putchar('\n');
	fflush(stdout);
}

int main(void)
{
	char line[32];
	long long ms;
	prctl(PR_SET_TIMERSLACK, 1);
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin) != NULL) {
		if (sscanf(line, "%lld", &ms) != 1 || ms < 1)
			die(line, "expected milliseconds");
		look(ms);
	}
	return 0;
}
