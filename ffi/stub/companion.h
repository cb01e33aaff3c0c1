/* Companions: processes beside the child that run what is not to be trusted with its rights. The
 * supervisor starts and ends them when the child asks, hands it a socket for each way, and knows nothing
 * of what they say to one another. All of it is called on the supervisor's thread. */
#ifndef JZ_COMPANION_H
#define JZ_COMPANION_H

#include <poll.h>
#include <stdbool.h>

#include "spawn.h"

/* What jz_companions_watch fills in: the control socket, and two for each companion. */
#define JZ_COMPANIONS_FDS (1 + 2 * JZ_COMPANIONS_MAX)

/* Makes the socket over which a child asks. Returns the child's end, which the caller closes once
 * the child has it, or -errno. */
int jz_companions_open(void);

/* The child is gone: so are its companions. */
void jz_companions_close(void);

/* Fills in what is to be waited for. */
void jz_companions_watch(struct pollfd fds[JZ_COMPANIONS_FDS]);

/* Does what these say is due. */
void jz_companions_update(const struct pollfd fds[JZ_COMPANIONS_FDS], const struct jz_child_setup *setup, const struct jz_settings *settings,
	uint64_t now_ms);

/* True while one has not ended. */
bool jz_companions_alive(void);

#endif
