/* What the child says of itself on its status page, with the numbers that it left to be filled in. */
#ifndef JZ_STATUS_H
#define JZ_STATUS_H

#include <jansson.h>

#include "link.h"

/* The page (owned), or NULL if it is none. Anywhere in it, {"counter": N} becomes the number at place N among
 * the counters, and {"sum": [N, ...]} the sum of several. Not for two threads. */
json_t *jz_status_read(const struct jz_link *link);

#endif
