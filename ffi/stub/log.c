#define _GNU_SOURCE
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

/* The child opens this same file for its functions; there is no Janus in its process. */
#pragma weak janus_log_level
#pragma weak janus_log_timestamps
#pragma weak janus_log_colors
#pragma weak janus_log_global_prefix
#pragma weak janus_vprintf

#define LINE_BYTES 8192

static const char *name = "janus-zeromq";

void jz_log_name(const char *package) {
	name = package;
}

void jz_log_text(int level, const char *text, size_t length) {
	if(level <= LOG_NONE || level > LOG_MAX || level > janus_log_level)
		return;
	/* As JANUS_LOG does it, but for the place in the source: it would name this line. */
	char stamp[64] = "";
	if(janus_log_timestamps) {
		struct tm local;
		time_t now = time(NULL);
		localtime_r(&now, &local);
		strftime(stamp, sizeof stamp, "[%a %b %e %T %Y] ", &local);
	}
	janus_vprintf("%s%s%s[%s] %.*s\n", janus_log_global_prefix != NULL ? janus_log_global_prefix : "", stamp,
		janus_log_prefix[level | ((int)janus_log_colors << 3)], name, (int)length, text);
}

void jz_log(int level, const char *format, ...) {
	char line[LINE_BYTES];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	if(length < 0)
		return;
	jz_log_text(level, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}
