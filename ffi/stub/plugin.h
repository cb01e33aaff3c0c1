/* What a kind of plugin brings: all that the supervisor and the answers to Janus's admin know of it. */
#ifndef JZ_PLUGIN_H
#define JZ_PLUGIN_H

#include <jansson.h>
#include <stdbool.h>

#include "ring.h"

/* Called on the supervisor's thread, unless something else is said. */
struct jz_plugin {
	const char *package; /* names the configuration files and every log line */
	const char *version;
	/* The child is ready; `ready` is what it said (borrowed). Called after each start. */
	void (*ready)(json_t *ready);
	/* A record of a kind that only the plugin knows. False: the child must not have sent it. */
	bool (*record)(const struct jz_record *record, const uint8_t *payload);
	/* What a new child must be told of (owned by the caller), or NULL. */
	json_t *(*state)(void);
	/* Lets go of what `state` tells, since children end of it before they are ready. Or NULL. */
	void (*forget)(void);
	/* What is due now and then, each second. Or NULL. */
	void (*tick)(void);
	/* The verb that changes settings at run time. */
	const char *configure;
	/* The verbs for the error text, those that the child answers by its status page left out. */
	const char *verbs;
	/* The kind of record of which what the ring refuses is told by type; 0 for a plugin that has none. */
	uint16_t counted;
	/* Answers a verb of the plugin's own (owned by the caller); NULL if there is no such verb. Any
	 * thread, never blocks. */
	json_t *(*query)(const char *verb, json_t *request);
};

#endif
