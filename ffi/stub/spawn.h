/* From settings to a running Deno. */
#ifndef JZ_SPAWN_H
#define JZ_SPAWN_H

#include <sys/types.h>

#include "link.h"
#include "settings.h"

struct jz_child {
	pid_t pid; /* 0: there is none */
	int pidfd; /* readable when it has ended */
	int out_fd, err_fd; /* read ends of its stdout and stderr, non-blocking; a companion has no stdout */
};
#define JZ_NO_CHILD { 0, -1, -1, -1 }

/* What every child gets, opened once. */
struct jz_outfit {
	int program_fd; /* the bundled program in a sealed memfd */
	int scripts_fd; /* the companion's, in another */
	int imports_fd; /* the import map of operators' modules, in another */
	int library_fd; /* this plugin's own file */
	int lifeline[2]; /* a pipe that ends with this process */
};

/* What an error is, and what to do about it. */
const char *jz_error_text(int error);

/* 0 or -errno; on failure nothing is left open. */
int jz_outfit_open(struct jz_outfit *outfit);
void jz_outfit_close(struct jz_outfit *outfit);

/* The executable for a name or path: an owned path, or NULL and an owned `*reason`. */
char *jz_deno_find(const char *deno, char **reason);

/* Starts the isolate; it dies with the calling thread. Returns 0, or -errno with an owned `*reason`. */
int jz_isolate_spawn(struct jz_child *child, const struct jz_outfit *outfit, const struct jz_link *link,
	const struct jz_settings *settings, int boot_fd, int control_fd, char **reason);

/* Starts the companion that runs operators' modules, in the same way: `socket_fd` is its standard input
 * and output, and what the modules are granted is all that it may do. */
int jz_companion_spawn(struct jz_child *child, const struct jz_outfit *outfit, const struct jz_settings *settings,
	int socket_fd, char **reason);

/* Reaps a child that has ended and closes its descriptors. `text` gets how it ended. Returns its exit
 * code, or -1 if it has none. */
int jz_child_reap(struct jz_child *child, char *text, size_t size);

#endif
