#include "logpipe.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

/* A child gone wild must not fill Janus's log. */
#define LINES_PER_SECOND 200

static void suppressed_log(struct jz_logpipe *pipe) {
	if(pipe->suppressed > 0)
		jz_log(LOG_WARN, "%u lines of %s were left out: more than %d in a second", pipe->suppressed,
			pipe->title != NULL ? pipe->title : "the isolate's output", LINES_PER_SECOND);
	pipe->lines = pipe->suppressed = 0;
}

static void line_log(struct jz_logpipe *pipe, uint64_t second) {
	if(second != pipe->window) {
		suppressed_log(pipe);
		pipe->window = second;
	}
	if(pipe->lines++ < LINES_PER_SECOND) {
		const char *title = pipe->title;
		jz_log(pipe->level, "%s%s%.*s", title != NULL ? title : "", title != NULL ? ": " : "", (int)pipe->length, pipe->line);
	} else {
		pipe->suppressed++;
	}
	pipe->length = 0;
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
				if(pipe->length > 0)
					line_log(pipe, now_ms / 1000);
				continue;
			}
			if(pipe->length == sizeof pipe->line)
				line_log(pipe, now_ms / 1000);
			pipe->line[pipe->length++] = chunk[i];
		}
	}
	return true;
}

void jz_logpipe_flush(struct jz_logpipe *pipe) {
	if(pipe->length > 0)
		line_log(pipe, pipe->window);
	suppressed_log(pipe);
}
