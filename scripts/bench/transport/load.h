/* What the load generator and its backends know of each other. One backend is linked into each
 * program, so that each needs its own library alone. */
#ifndef LOAD_H
#define LOAD_H

#include "../frame/bench.h"

/* The longest request, and the most requests under way at a time. */
enum { MAX_REQUEST = 256, MAX_WINDOW = 1024 };

/* One reply; borrows the text, which need not end with a NUL. */
typedef void reply_handler(const char *text, size_t length);

struct backend {
	/* Connects; everything after the address is the backend's own. */
	void (*open)(const char *address, int count, char **options);
	/* Writes the request of a slot, 0 to MAX_WINDOW - 1, and returns its length. Its transaction is
	 * the slot's number. NULL: a ping. */
	size_t (*compose)(char *request, unsigned slot);
	/* Sends it, or keeps it until flush(). */
	void (*send)(unsigned slot, const char *request, size_t length);
	void (*flush)(void);
	/* Waits until there is something to read, and hands over every reply that is there. */
	void (*receive)(reply_handler *handle);
	/* From now on only the first so many connections ask; NULL where there is one. */
	void (*activate)(unsigned connections);
	/* A descriptor to watch while nothing is asked for, or NULL if nothing comes then. */
	int (*idle_descriptor)(void);
	/* How often the server stood still and had to be woken, or NULL if it never has to be. */
	int (*stalls)(void);
};

extern const struct backend backend;

/* Connects a TCP socket to "host:port", without Nagle's algorithm. */
int tcp_connect(const char *address);

#endif
