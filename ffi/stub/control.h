/* Changes to a running child that Janus's admin asks for. Checked here, against what the child
 * has published, because the answer must not wait for it. */
#ifndef JZ_CONTROL_H
#define JZ_CONTROL_H

#include <jansson.h>

/* Checks the keys of `request` (all but "request") against `settings`, an object of
 * {"<name>": {"type": "boolean"} | {"type": "integer", "min", "max", "switch"?} | {"type": "enum",
 * "values"} | {"type": "labels", "values", "alone"} | {"type": "group", "keys": {...}}}. An integer with a
 * "switch" may be true or false as well; labels are some of the values, separated by commas, or one of
 * those that stand alone. Returns the accepted changes (owned), or NULL with an owned
 * text in `*error` that says what is allowed. */
json_t *jz_control_check(json_t *settings, json_t *request, json_t **error);

/* Merges `changes` into `target`, groups key by key. */
void jz_control_merge(json_t *target, json_t *changes);

#endif
