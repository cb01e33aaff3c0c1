#ifndef JZ_TURNS_H
#define JZ_TURNS_H

#include <sys/types.h>

/* What a thread of this process (0: the calling one) hands down to what it starts, where the kernel knows it. For the
 * child: never in Janus's process. Async-signal-safe. */

/* Short turns: for threads that messages pass. */
void jz_turns_short(pid_t thread);
/* Long ones, and none that begins by ending another's: for who works on many messages at once, and need not hurry. */
void jz_turns_patient(pid_t thread);

#endif
