/* From settings to a running Deno. */
#ifndef JZ_SPAWN_H
#define JZ_SPAWN_H

#include "child_setup.h"
#include "link.h"
#include "process.h"
#include "settings.h"

/* Starts the plugin's process; it dies with the calling thread. Returns 0, or -errno with an owned `*reason`. */
int jz_child_spawn(struct jz_process *process, const struct jz_child_setup *setup, const struct jz_link *link,
	const struct jz_settings *settings, int boot_fd, int control_fd, char **reason);

/* Starts the companion that runs operators' modules, in the same way, with these as its standard
 * input and output. What the modules are granted is all that it may do. */
int jz_companion_spawn(struct jz_process *process, const struct jz_child_setup *setup, const struct jz_settings *settings,
	int in_fd, int out_fd, char **reason);

/* Starts the companion that stores events, likewise: it reaches the servers and reads its files, nothing else. */
int jz_stream_spawn(struct jz_process *process, const struct jz_child_setup *setup, const struct jz_settings *settings,
	int in_fd, int out_fd, char **reason);

#endif
