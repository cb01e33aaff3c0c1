/* A process of ours: started, watched by its pidfd, reaped. */
#ifndef JZ_PROCESS_H
#define JZ_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

struct jz_process {
	pid_t pid; /* 0: there is none */
	int pidfd; /* readable when it has ended */
	int out_fd, err_fd; /* read ends of its stdout and stderr, non-blocking; -1 where it has another */
};
#define JZ_NO_PROCESS { 0, -1, -1, -1 }

/* How many descriptors a process can be given. */
#define JZ_LAUNCH_FDS 16

/* A process in the making. */
struct jz_launch {
	/* What is to be its descriptors 0, 1, ...; of the first three, -1 is /dev/null, and pipes to us. */
	int fds[JZ_LAUNCH_FDS];
	int count;
	char *const *argv, *const *envp;
	rlim_t data; /* bytes of private memory, RLIM_INFINITY for any */
	bool outlives; /* ends by itself when whoever it talks to has ended, and not with the calling thread */
	bool unhurried; /* has long turns on the processor instead of short ones, and ends nobody's */
	bool expendable; /* if the kernel must end somebody for memory, let it be this one */
};

/* Starts it; it dies with the calling thread. Returns 0 or -errno; then nothing is left open. */
int jz_process_launch(struct jz_process *process, const struct jz_launch *launch);

/* Ends it at once, if there is one. */
void jz_process_kill(const struct jz_process *process);

/* Reaps one that has ended and closes its descriptors. `text` gets how it ended. Returns its exit code, or
 * -1 if it has none. */
int jz_process_reap(struct jz_process *process, char *text, size_t size);

/* Closes what is open, and remembers that. */
void jz_fd_close(int *fd);

/* What an error is, and what to do about it. */
const char *jz_error_text(int error);

#endif
