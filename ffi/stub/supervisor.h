/* Starts the isolate, watches it, ends it: one thread, which also takes what the isolate sends. */
#ifndef JZ_SUPERVISOR_H
#define JZ_SUPERVISOR_H

#include <jansson.h>
#include <stdbool.h>

#include "link.h"
#include "settings.h"

/* What a kind of plugin brings. All of it is called on the supervisor's thread. */
struct jz_plugin {
	const char *package; /* names the configuration files and every log line */
	const char *version;
	/* The isolate is ready; `ready` is what it said (borrowed). Called after each start. */
	void (*ready)(json_t *ready);
	/* A record of a kind that only the plugin knows. False: the isolate must not have sent it. */
	bool (*record)(const struct jz_record *record, const uint8_t *payload);
	/* What a new isolate must be told of (owned by the caller), or NULL. */
	json_t *(*state)(void);
};

/* Reads the configuration, starts the isolate and waits until it is ready. Returns 0; -1 when the
 * plugin cannot run: the reason is in the log, and nothing is left behind. */
int jz_supervisor_start(const struct jz_plugin *plugin, const char *folder);

/* Tells the isolate to flush and exit, and waits for it: a second and a half at most. Idempotent. */
void jz_supervisor_stop(void);

/* Posts a record, or JSON text written straight into the ring; any thread, never blocks on the
 * isolate, safe after stop. Of the ring, `keep` in 1/8 is left to others. Returns 0 or -errno
 * (-EAGAIN full, -EMSGSIZE never fits, -ESHUTDOWN stopped); what is refused is counted and logged. */
int jz_supervisor_post(const struct jz_record *record, unsigned keep);
int jz_supervisor_post_json(struct jz_record *record, json_t *json, size_t json_flags, unsigned keep);

/* The answer to {"request": "info"}, or an error (owned by the caller). Any thread, never blocks. */
json_t *jz_supervisor_query(json_t *request);

/* The jansson flags for what the configuration calls compact, plain or indented. */
size_t jz_json_flags(const char *format);

#endif
