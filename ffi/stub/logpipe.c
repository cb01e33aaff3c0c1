#include "logpipe.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

/* Beyond either, the rest of the second is left out. */
#define LINES_PER_SECOND 50
#define KIB_PER_SECOND 64

static void left_out_log(struct jz_logpipe *pipe) {
	if(pipe->bytes_out > 0)
		jz_log(LOG_WARN, "%" PRIu64 " bytes in %" PRIu64 " lines of %s were left out: more than %d lines or %d KiB in a second",
			pipe->bytes_out, pipe->lines_out + pipe->cut, pipe->title != NULL ? pipe->title : "the plugin's output",
			LINES_PER_SECOND, KIB_PER_SECOND);
	pipe->pieces = pipe->bytes = pipe->lines_out = pipe->bytes_out = 0;
	pipe->cut = false;
}

static void piece_log(struct jz_logpipe *pipe, uint64_t second) {
	if(second != pipe->window) {
		left_out_log(pipe);
		pipe->window = second;
	}
	const char *title = pipe->title;
	pipe->pieces++;
	pipe->bytes += pipe->length;
	if(pipe->pieces <= LINES_PER_SECOND && pipe->bytes <= KIB_PER_SECOND * 1024) {
		jz_log(pipe->level, "%s%s%.*s", title != NULL ? title : "", title != NULL ? ": " : "", (int)pipe->length, pipe->line);
	} else {
		pipe->cut = true;
		pipe->bytes_out += pipe->length;
	}
	pipe->length = 0;
}

static void line_end(struct jz_logpipe *pipe, uint64_t second) {
	if(pipe->length > 0)
		piece_log(pipe, second);
	pipe->lines_out += pipe->cut;
	pipe->cut = false;
}

void jz_logpipe_tell(struct jz_logpipe *pipe, uint64_t now_ms) {
	if(now_ms / 1000 != pipe->window)
		left_out_log(pipe);
}

bool jz_logpipe_read(struct jz_logpipe *pipe, int fd, uint64_t now_ms) {
	char chunk[JZ_LOGPIPE_BYTES];
	/* Bounded, so that a flood leaves room for the supervisor's other work. */
	for(int round = 0; round < 16; round++) {
		ssize_t n = read(fd, chunk, sizeof chunk);
		if(n < 0 && errno == EINTR)
			continue;
		if(n <= 0)
			return n < 0 && errno == EAGAIN;
		for(ssize_t i = 0; i < n; i++) {
			if(chunk[i] == '\n') {
				line_end(pipe, now_ms / 1000);
				continue;
			}
			if(pipe->length == sizeof pipe->line)
				piece_log(pipe, now_ms / 1000);
			/* What the child writes may be others' words: no escapes for the terminal that shows the log. */
			const unsigned char c = (unsigned char)chunk[i];
			pipe->line[pipe->length++] = (c < ' ' && c != '\t') || c == 0x7f ? ' ' : chunk[i];
		}
	}
	return true;
}

void jz_logpipe_flush(struct jz_logpipe *pipe) {
	line_end(pipe, pipe->window);
	left_out_log(pipe);
}
