/* What the subscriber and its backends know of each other. One backend is linked into each program,
 * so that each needs its own library alone. */
#ifndef SUBSCRIBER_H
#define SUBSCRIBER_H

#include "../frame/bench.h"

enum { TICK_MS = 50 };

/* One message: an event, or several in an array. Borrows the text, which need not end with a NUL. */
typedef void message_handler(const char *text, size_t length);

struct backend {
	/* Connects, or listens, as its handler wants it. */
	void (*open)(const char *address);
	/* Hands over what there is to read; false if there is nothing, or if nothing came for TICK_MS
	 * where it is to wait. */
	int (*receive)(message_handler *handle, int wait);
};

extern const struct backend backend;

#endif
