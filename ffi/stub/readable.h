/* The files that the child may read. */
#ifndef JZ_READABLE_H
#define JZ_READABLE_H

#include <jansson.h>

/* The files that a configuration names under these keys, each a section and a name, as paths with commas between (owned); NULL if there are none. Those
 * outside of its folder are not among them, nor what Deno's options have no way to write: it is the child
 * that refuses them, with a proper message. */
char *jz_readable_list(json_t *tree, const char *folder, const char *const keys[][2], size_t count);

#endif
