/* From settings to a running Deno. */
#ifndef JZ_SPAWN_H
#define JZ_SPAWN_H

#include <sys/types.h>

#include "link.h"
#include "settings.h"

struct jz_child {
	pid_t pid; /* 0: there is none */
	int pidfd; /* readable when it has ended */
	int out_fd, err_fd; /* read ends of its stdout and stderr, non-blocking */
};

/* What every child gets, opened once. */
struct jz_outfit {
	int program_fd; /* the bundled program in a sealed memfd */
	int imports_fd; /* the import map in another */
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

/* Starts a child that dies with the calling thread. Returns 0, or -errno with an owned `*reason`. */
int jz_child_spawn(struct jz_child *child, const struct jz_outfit *outfit, const struct jz_link *link,
	const struct jz_settings *settings, int boot_fd, char **reason);

/* Reaps a child that has ended and closes its descriptors. `text` gets how it ended. */
void jz_child_reap(struct jz_child *child, char *text, size_t size);

#endif
