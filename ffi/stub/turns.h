#ifndef JZ_TURNS_H
#define JZ_TURNS_H

#include <sys/types.h>

/* Short turns for a thread of this process (0: the calling one), if the kernel knows them. */
void jz_turns_shorten(pid_t thread);

#endif
