/* NATS's text protocol, as far as the benchmarks speak it: one connection, one at a time. */
#ifndef NATS_H
#define NATS_H

#include <stddef.h>

/* A message's payload, without its headers. Borrowed. */
typedef void nats_handler(const char *payload, size_t length);

/* Connects to HOST:PORT, and shakes hands. */
void nats_connect(const char *address);

/* Text to send, kept until nats_flush() or until there is a lot of it. */
void nats_write(const void *bytes, size_t length);
void nats_flush(void);

/* Waits so long (ms; 0: not at all) for something to read, and hands over each message. Answers the
 * server's pings. Returns how many messages there were. */
int nats_read(nats_handler *handle, int wait_ms);

#endif
