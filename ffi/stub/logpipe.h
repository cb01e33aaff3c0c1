/* A child's output, line by line into Janus's log, which it must not fill. */
#ifndef JZ_LOGPIPE_H
#define JZ_LOGPIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JZ_LOGPIPE_BYTES 4096

struct jz_logpipe {
	int level; /* Janus's */
	const char *title; /* in front of every line, or NULL (borrowed) */
	size_t length; /* of the unfinished line */
	bool cut; /* part of it was left out */
	uint64_t window; /* the second (monotonic) in which the rest is counted */
	uint64_t pieces, bytes; /* that came; a long line is several pieces */
	uint64_t lines_out, bytes_out; /* left out: lines in whole or in part */
	char line[JZ_LOGPIPE_BYTES];
};

/* Logs what can be read from a non-blocking descriptor. Returns false at its end. */
bool jz_logpipe_read(struct jz_logpipe *pipe, int fd, uint64_t now_ms);

/* Says how much was left out, once the second in which that was is over. */
void jz_logpipe_tell(struct jz_logpipe *pipe, uint64_t now_ms);

/* Logs what is left of an unfinished line, and how much was left out. */
void jz_logpipe_flush(struct jz_logpipe *pipe);

#endif
