/* What Janus's admin asks of a plugin, answered from what is at hand: Janus's requests thread, which
 * runs every other request too, must not wait for the child. */
#ifndef JZ_QUERY_H
#define JZ_QUERY_H

#include "plugin.h"

/* Codes of errors, as the stock plugins number theirs. */
#define JZ_QUERY_MISSING 411
#define JZ_QUERY_UNKNOWN 412
#define JZ_QUERY_INVALID 413
#define JZ_QUERY_UNAVAILABLE 414

/* The answer to a query, or an error (owned by the caller). Any thread. `info`, the verb that configures and
 * the plugin's own are answered here; all others from the child's status page, which is an object
 * {"settings": {...}, "answers": {"info": {...}, "<verb>": {...}}}. */
json_t *jz_query_answer(const struct jz_plugin *plugin, json_t *request);

/* {"error_code", "error"} (owned by the caller). */
json_t *jz_query_error(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
