/* A connection to a RabbitMQ server whose queue is a stream. */
#ifndef RABBITMQ_H
#define RABBITMQ_H

#include <amqp.h>

enum { RABBITMQ_CHANNEL = 1 };

/* Connects to HOST:PORT/QUEUE, and makes the stream if it isn't there. Borrows the address. */
amqp_connection_state_t rabbitmq_open(const char *address);

/* The queue in an address. */
amqp_bytes_t rabbitmq_queue(const char *address);

/* Ends the program if the last call failed. */
void rabbitmq_check(amqp_rpc_reply_t reply, const char *what);

#endif
