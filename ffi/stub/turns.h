#ifndef JZ_TURNS_H
#define JZ_TURNS_H

#include <stdint.h>
#include <sys/types.h>

/* Nanoseconds: the least that Linux takes, for threads that messages pass. */
#define JZ_TURN_SHORT 100000u
/* For who works on many at once, and need not hurry. */
#define JZ_TURN_LONG 3000000u

/* Sets the turns of a thread of this process (0: the calling one), which what it starts inherits; where the kernel
 * knows them. For the child: never in Janus's process. Async-signal-safe. */
void jz_turns_set(pid_t thread, uint64_t nanoseconds);

#endif
