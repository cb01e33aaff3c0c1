/* Short turns on the processor for the threads that a message passes.
 *
 * Where there are more threads with work than cores, Linux gives each of them a turn of 1.4 ms or more, and a message
 * waits for those of others. Who asks for shorter turns gets no more time, but gets it sooner; who needs not hurry asks
 * for longer ones. Linux has that since 6.12; older ones take no notice. */
#define _GNU_SOURCE
#include "turns.h"

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

void jz_turns_set(pid_t thread, uint64_t nanoseconds) {
	struct attributes attributes = { .size = sizeof attributes };
	if(syscall(SYS_sched_getattr, thread, &attributes, sizeof attributes, 0) < 0 || attributes.policy != 0)
		return; /* whoever chose another policy knows why */
	attributes.runtime = nanoseconds;
	(void)syscall(SYS_sched_setattr, thread, &attributes, 0);
}
