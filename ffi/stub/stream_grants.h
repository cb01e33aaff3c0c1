/* What the companion that stores events needs to know and may do, from the group `stream` of a configuration. */
#ifndef JZ_STREAM_GRANTS_H
#define JZ_STREAM_GRANTS_H

#include <jansson.h>

struct jz_stream_grants {
	char *net; /* owned: the servers as Deno's option takes them, with commas; NULL: there is no stream */
	char *readable; /* owned, or NULL: credentials, certificates */
	char *server_name; /* owned, or NULL: Janus's own name, if it was given one */
};

/* Reads the group (NULL: there is none). What makes no sense is left out: it is the child that refuses it. */
void jz_stream_grants_read(struct jz_stream_grants *grants, json_t *tree, const char *folder);

void jz_stream_grants_free(struct jz_stream_grants *grants);

#endif
