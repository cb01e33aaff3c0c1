/* Turns on the processor: short ones for the threads that a message passes.
 *
 * Where there are more threads with work than cores, Linux gives each of them a turn of 1.4 ms or more, and a message
 * waits for those of others. Who asks for shorter turns gets no more time, but gets it sooner; who need not hurry asks
 * for longer ones. Linux has that since 6.12; older ones take no notice. And who need not hurry is of a policy (batch)
 * of which nobody ends another's turn by waking up. */
#define _GNU_SOURCE
#include "turns.h"

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As sched_setattr(2) has it: glibc declares it since 2.41 only. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

/* Nanoseconds: the least that Linux takes, and twice what it gives on two cores. */
#define SHORT 100000u
#define LONG 3000000u

static void turns_set(pid_t thread, uint32_t policy, uint64_t nanoseconds) {
	struct attributes attributes = { .size = sizeof attributes };
	if(syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0) < 0 || attributes.policy != SCHED_OTHER)
		return; /* whoever chose another policy knows why */
	attributes.policy = policy;
	attributes.runtime = nanoseconds;
	(void)syscall(SYS_sched_setattr, thread, &attributes, 0);
}

void jz_turns_short(pid_t thread) {
	turns_set(thread, SCHED_OTHER, SHORT);
}

void jz_turns_patient(pid_t thread) {
	turns_set(thread, SCHED_BATCH, LONG);
}
