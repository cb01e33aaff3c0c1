/* What Janus's admin has configured since the start: every new child is told. Any thread. */
#ifndef JZ_OVERRIDES_H
#define JZ_OVERRIDES_H

#include <jansson.h>

/* Adds changes that were checked. */
void jz_overrides_add(json_t *changes);

/* All of it, an object (owned by the caller). */
json_t *jz_overrides_all(void);

/* Forgets it. */
void jz_overrides_reset(void);

#endif
