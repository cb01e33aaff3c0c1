/* Lines for Janus's log. */
#ifndef JZ_LOG_H
#define JZ_LOG_H

#include <debug.h> /* LOG_ERR and its like */

/* Says who speaks in every line. */
void jz_log_name(const char *package);

void jz_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One line (without newline) of somebody else's text. */
void jz_log_text(int level, const char *text, size_t length);

#endif
