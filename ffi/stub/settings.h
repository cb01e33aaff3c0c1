/* Where the configuration is, and the few settings that are needed before a child can read it. */
#ifndef JZ_SETTINGS_H
#define JZ_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>

#include "grants.h"
#include "stream_grants.h"

/* The `runtime` section, and what modules are allowed. Values that make no sense are the defaults here: it is the child that
 * refuses them, with a proper message. */
struct jz_settings {
	char *deno; /* owned */
	int startup_timeout; /* seconds */
	int watchdog; /* seconds */
	int ring_size; /* MiB */
	int max_heap; /* MiB */
	bool jitless;
	struct jz_grants grants;
	int modules_memory; /* MiB */
	struct jz_stream_grants stream;
	char *readable; /* owned, or NULL: the files that the child may read, with commas */
	char *fault; /* owned, or NULL: why a .jsonc cannot be used. The rest are the defaults then, with which nothing starts */
	json_t *source; /* owned; what the child gets: {format, path, folder, tree?, text?, fault?, ignored?} */
};

/* Reads <folder>/<package>.jsonc, or else .jcfg. Returns 0; -errno when a file is there but cannot
 * be read (`*reason` then says why; owned by the caller). No file at all: the defaults. */
int jz_settings_read(struct jz_settings *settings, const char *folder, const char *package, char **reason);

void jz_settings_free(struct jz_settings *settings);

/* JSON with comments and trailing commas, made plain JSON in place: blanks stand where those were. */
void jz_jsonc_blank(char *text, size_t length);

#endif
