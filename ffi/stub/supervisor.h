/* Starts the isolate, watches it, ends it: one thread, which also takes what the isolate sends. */
#ifndef JZ_SUPERVISOR_H
#define JZ_SUPERVISOR_H

#include <jansson.h>
#include <stdbool.h>

#include "ring.h"

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
	/* Lets go of what `state` tells, since isolates end of it before they are ready. Or NULL. */
	void (*forget)(void);
	/* What is due now and then, each second. Or NULL. */
	void (*tick)(void);
	/* The verb that changes settings at run time, and all verbs for the error text. */
	const char *configure, *verbs;
	/* Labels of JZ_PLACE_EVENT_TYPES types of events; NULL for a plugin that gets none. */
	const char *const *event_types;
	/* Answers a verb of the plugin's own (owned by the caller); NULL if there is no such verb. Any
	 * thread, never blocks. */
	json_t *(*query)(const char *verb, json_t *request);
};

/* Reads the configuration, starts the isolate and waits until it is ready. Returns 0; -1 when the
 * plugin cannot run: the reason is in the log, and nothing is left behind. */
int jz_supervisor_start(const struct jz_plugin *plugin, const char *folder);

/* Tells the isolate to flush and exit, and waits for it: a second and a half at most. Idempotent. */
void jz_supervisor_stop(void);

/* The plugin that runs. */
const struct jz_plugin *jz_supervisor_plugin(void);

/* How its isolate does. */
struct jz_facts {
	const char *state; /* "running", "restarting", ... */
	int pid; /* 0: there is none */
	int restarts;
	uint64_t uptime; /* seconds */
};

/* Any thread. */
struct jz_facts jz_supervisor_facts(void);

#endif
