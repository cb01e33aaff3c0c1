/* How Deno is called: where it is, its command line and its environment. */
#ifndef JZ_DENO_H
#define JZ_DENO_H

#include <stdbool.h>
#include <stddef.h>

#include "settings.h"

#define JZ_DENO_WORDS 32

/* In the making: words that are lent, and owned ones. */
struct jz_deno {
	char *argv[JZ_DENO_WORDS + 1];
	char **envp;
	/* Its own. */
	char *owned[JZ_DENO_WORDS];
	size_t words, made;
};

/* Begins with the executable and what every Deno is started with; `heap` in MiB, and further flags of V8's.
 * Returns 0, or -errno with an owned `*reason`. To be freed in any case. */
int jz_deno_begin(struct jz_deno *deno, const struct jz_settings *settings, int heap, const char *flags, char **reason);

/* The Deno that was installed with a plugin, by the plugin's path: LIB/janus-zeromq/deno, or one folder up,
 * for LIB/janus/KIND/PLUGIN. An owned path, or NULL where there is none. */
char *jz_deno_beside(const char *plugin);

/* An option as it is; or OPTION=VALUE, unless the value is NULL. */
void jz_deno_option(struct jz_deno *deno, const char *option);
void jz_deno_option_value(struct jz_deno *deno, const char *option, const char *value);

/* The program, the last word: what stands in one of its descriptors. */
void jz_deno_program(struct jz_deno *deno, int fd);

/* glibc's heaps. Two for a dozen threads, of which two do all the work: the others would each keep some MiB. */
#define JZ_HEAPS_TWO "MALLOC_ARENA_MAX=2"
#define JZ_HEAPS_ONE "MALLOC_ARENA_MAX=1"

/* The environment: a fixed one, `heaps` (static) and `more` (borrowed, may be NULL), nothing else of Janus's. The
 * loader's path is how operators say where libzmq is, if that is a folder of its own: it goes along if `library`. */
void jz_deno_environment(struct jz_deno *deno, const char *heaps, char *const *more, bool library);

void jz_deno_free(struct jz_deno *deno);

#endif
