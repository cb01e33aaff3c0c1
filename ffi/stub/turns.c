/* Short turns on the processor for the threads that a message passes.
 *
 * Where there are more threads with work than cores, Linux gives each of them a turn of 1.4 ms or more, and a message
 * waits for those of others. Who asks for shorter turns gets no more time, but gets it sooner. Linux has that since
 * 6.12; older ones take no notice. */
#define _GNU_SOURCE
#include "turns.h"

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Nanoseconds, the least that Linux takes. */
#define TURN 100000u

/* As sched_setattr(2) has it: glibc declares it since 2.41 only. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

void jz_turns_shorten(pid_t thread) {
	struct attributes attributes = { .size = sizeof attributes };
	if(syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0) < 0 || attributes.policy != 0)
		return; /* whoever chose another policy knows why */
	attributes.runtime = TURN;
	(void)syscall(SYS_sched_setattr, thread, &attributes, 0);
}
