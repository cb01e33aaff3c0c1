/* What a process prints, and how much of it reaches the log. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <debug.h>

#include "logpipe.h"
#include "tap.h"

#define LINES 50
#define KIB 64
#define FLOOD (20u << 20)

int janus_log_level = LOG_MAX;
gboolean janus_log_timestamps = FALSE, janus_log_colors = FALSE;
char *janus_log_global_prefix = NULL;
static size_t log_bytes;
static unsigned log_lines, log_notes;
static char last_line[8192];

void janus_vprintf(const char *format, ...) {
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(last_line, sizeof last_line, format, arguments);
	va_end(arguments);
	log_bytes += (size_t)length;
	log_lines++;
	log_notes += strstr(last_line, " were left out: more than 50 lines or 64 KiB in a second") != NULL;
}

static struct jz_logpipe out;
static int ends[2];

static void begin(void) {
	out = (struct jz_logpipe){ .level = LOG_ERR, .title = "Filter a.ts" };
	log_bytes = log_lines = log_notes = 0;
	CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
}

static void end(void) {
	close(ends[0]);
	close(ends[1]);
}

/* Prints in pieces, as much as there is room for, and reads as the supervisor does. */
static void print(const char *text, size_t length, uint64_t now_ms) {
	while(length > 0) {
		ssize_t written = write(ends[1], text, length);
		if(written > 0) {
			text += written;
			length -= (size_t)written;
		}
		CHECK(jz_logpipe_read(&out, ends[0], now_ms));
	}
}

static void print_lines(unsigned count, size_t length, uint64_t now_ms) {
	char *line = malloc(length + 1);
	memset(line, 'x', length);
	line[length] = '\n';
	while(count-- > 0)
		print(line, length + 1, now_ms);
	free(line);
}

static void test_lines(void) {
	begin();
	print_lines(1000, 10, 5000);
	CHECK(log_lines == LINES && log_notes == 0);
	jz_logpipe_tell(&out, 5999);
	CHECK(log_notes == 0);
	jz_logpipe_tell(&out, 6000);
	CHECK(log_notes == 1 && strstr(last_line, "9500 bytes in 950 lines of Filter a.ts were left out") != NULL);
	jz_logpipe_tell(&out, 7000);
	CHECK(log_notes == 1);
	/* The next second is a new one. */
	print_lines(3, 10, 7500);
	CHECK(log_lines == LINES + 1 + 3);
	end();
}

static void test_bytes(void) {
	begin();
	for(uint64_t second = 1; second <= 3; second++) {
		print_lines(20, 1 << 20, second * 1000);
		CHECK(log_bytes <= second * (KIB + 4) * 1024);
	}
	jz_logpipe_flush(&out);
	CHECK(log_notes == 3 && log_lines < 3 * (LINES + 1));
	CHECK(strstr(last_line, " bytes in 20 lines of Filter a.ts") != NULL);
	/* Once it is too much, what is shorter does not come through either. */
	begin();
	print_lines(1, 1 << 20, 9000);
	unsigned before = log_lines;
	print_lines(1, 1, 9000);
	CHECK(log_lines == before);
	end();
}

/* A line that does not end is no way around it, and is told of. */
static void test_endless(void) {
	begin();
	char *flood = malloc(FLOOD);
	memset(flood, 'x', FLOOD);
	print(flood, FLOOD, 1000);
	print(flood, FLOOD, 2000);
	jz_logpipe_tell(&out, 3000);
	CHECK(log_notes == 2 && log_bytes < 2 * (KIB + 4) * 1024);
	CHECK(strstr(last_line, " bytes in 1 lines") != NULL && strtoull(strrchr(last_line, ']') + 2, NULL, 10) > FLOOD - (KIB + 8) * 1024);
	print("\nafter\n", 7, 4000);
	CHECK(strstr(last_line, "Filter a.ts: after\n") != NULL);
	jz_logpipe_flush(&out);
	CHECK(log_notes == 2);
	free(flood);
	end();
}

/* What moves a terminal's cursor or begins a line of its own is left out. */
static void test_controls(void) {
	begin();
	static const char text[] = "a\tb\x1b[2Jc\rd\0e\x7f\xc3\xa9\n";
	print(text, sizeof text - 1, 1000);
	CHECK(strstr(last_line, "Filter a.ts: a\tb [2Jc d e \xc3\xa9\n") != NULL);
	end();
}

int main(void) {
	tap_run("output: so many lines a second, the rest is counted", test_lines);
	tap_run("output: so many bytes a second, in however few lines", test_bytes);
	tap_run("output: a line without end is cut as well", test_endless);
	tap_run("output: no controls for the terminal that shows the log", test_controls);
	return tap_end();
}
