/* The plugin's process: from its start to its end, with what it prints. The supervisor's thread only. */
#ifndef JZ_CHILD_H
#define JZ_CHILD_H

#include <jansson.h>
#include <poll.h>

#include "logpipe.h"
#include "spawn.h"

struct jz_child {
	struct jz_process process;
	struct jz_logpipe out, err;
};
#define JZ_NO_CHILD { .process = JZ_NO_PROCESS }

/* What jz_child_watch fills in: its end, and two for its output. */
#define JZ_CHILD_FDS 3

/* Starts it with what it must be told at once (taken). Returns 0, or -errno with an owned `*reason`, or NULL. */
int jz_child_start(struct jz_child *child, const struct jz_child_setup *setup, const struct jz_link *link,
	const struct jz_settings *settings, json_t *boot, char **reason);

/* Fills in what is to be waited for. */
void jz_child_watch(const struct jz_child *child, struct pollfd fds[JZ_CHILD_FDS]);

/* Logs what it printed. Returns true if it has ended: then jz_child_end is due. */
bool jz_child_read(struct jz_child *child, const struct pollfd fds[JZ_CHILD_FDS], uint64_t now_ms);

/* Says how many of its lines were left out. Each second. */
void jz_child_tick(struct jz_child *child, uint64_t now_ms);

/* It has ended: logs the rest of what it printed, and returns its exit code, or -1 if it has none. `how`
 * gets how it ended. */
int jz_child_end(struct jz_child *child, char *how, size_t size, uint64_t now_ms);

#endif
