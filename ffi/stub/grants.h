/* What Deno's options must allow for operators' modules, from the configuration. */
#ifndef JZ_GRANTS_H
#define JZ_GRANTS_H

#include <jansson.h>
#include <stdbool.h>

/* Lists with commas, as Deno's options take them; each NULL if there is nothing in it. All are NULL
 * where no module is configured. Owned. */
struct jz_grants {
	char *modules; /* as absolute paths */
	char *folder; /* the configuration's */
	char *read; /* permissions.read */
	char *net; /* permissions.net */
	char *env; /* permissions.env */
	char *title; /* what the log calls them */
};

/* Reads the groups `filters` and `hooks` of a configuration (NULL: there is none). What makes no sense
 * is left out: it is the child that refuses it, with a proper message. Paths of modules that are not
 * absolute are below `folder`. */
void jz_grants_read(struct jz_grants *grants, json_t *tree, const char *folder);

void jz_grants_free(struct jz_grants *grants);

/* Whether Deno's options take a text for a host, with a port or without. */
bool jz_grants_is_net(const char *text);

/* What the modules may read, as it is now (owned; NULL if there are none): their folders, and what
 * permissions.read names. Of a folder in which, or below which, the configuration is, the modules' own
 * files and nothing else: keys and secrets are there. */
char *jz_grants_readable(const struct jz_grants *grants);

/* The first of these files (with commas; NULL for none) that a module could read for lying in its folder,
 * by whatever links (owned); NULL if none can be. */
char *jz_grants_exposed(const struct jz_grants *grants, const char *files);

/* The environment variables that the modules may see, as far as they are set: an owned list that ends
 * with NULL, of owned texts; NULL when there is no memory. */
char **jz_grants_environment(const struct jz_grants *grants);
void jz_environment_free(char **environment);

#endif
