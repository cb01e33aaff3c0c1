/* A connection to a RabbitMQ server and to one of its queues. */
#ifndef RABBITMQ_H
#define RABBITMQ_H

#include <amqp.h>

enum { RABBITMQ_CHANNEL = 1 };

/* Connects to HOST:PORT/QUEUE, and makes the queue if it isn't there: a stream, or what Janus's handler
 * would make. Borrows the address. */
amqp_connection_state_t rabbitmq_open(const char *address, int is_stream);

/* The queue in an address. */
amqp_bytes_t rabbitmq_queue(const char *address);

/* Ends the program if the last call failed. */
void rabbitmq_check(amqp_rpc_reply_t reply, const char *what);

#endif
