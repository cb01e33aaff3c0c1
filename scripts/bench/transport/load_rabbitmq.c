/* RabbitMQ: requests to one queue, with correlation ids, and replies from another; AMQP 0-9-1 by
 * librabbitmq. Nothing is confirmed or acknowledged, as Janus's transport has it. */
#include <stdint.h>
#include <stdio.h>

#include "../frame/rabbitmq.h"
#include "load.h"

static amqp_connection_state_t connection;
static amqp_bytes_t requests;

static void open_queues(const char *address, int count, char **options)
{
	if (count != 1)
		die(address, "expected HOST:PORT/QUEUE of replies, and the queue of requests");
	requests = amqp_cstring_bytes(options[0]);
	connection = rabbitmq_open(address, 0);
	amqp_queue_declare(connection, RABBITMQ_CHANNEL, requests, 0, 0, 0, 0, amqp_empty_table);
	rabbitmq_check(amqp_get_rpc_reply(connection), "the queue of requests");
	int no_ack = 1;
	amqp_basic_consume(connection, RABBITMQ_CHANNEL, rabbitmq_queue(address), amqp_empty_bytes, 0,
		no_ack, 0, amqp_empty_table);
	rabbitmq_check(amqp_get_rpc_reply(connection), "the consumer");
}

static void send_message(unsigned slot, const char *request, size_t length)
{
	char id[16];
	snprintf(id, sizeof id, "%u", slot);
	amqp_basic_properties_t properties = {
		._flags = AMQP_BASIC_CORRELATION_ID_FLAG,
		.correlation_id = amqp_cstring_bytes(id),
	};
	amqp_bytes_t body = {.bytes = (void *)(uintptr_t)request, .len = length};
	int error = amqp_basic_publish(connection, RABBITMQ_CHANNEL, amqp_empty_bytes, requests, 0, 0,
		&properties, body);
	if (error != AMQP_STATUS_OK)
		die("a request", amqp_error_string2(error));
}

static void flush(void)
{
}

static void receive(reply_handler *handle)
{
	struct timeval none = {0}, *timeout = NULL;
	for (;; timeout = &none) {
		amqp_envelope_t envelope;
		amqp_maybe_release_buffers(connection);
		amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, timeout, 0);
		if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
				reply.library_error == AMQP_STATUS_TIMEOUT)
			return;
		rabbitmq_check(reply, "a reply");
		handle(envelope.message.body.bytes, envelope.message.body.len);
		amqp_destroy_envelope(&envelope);
	}
}

const struct backend backend = {
	.open = open_queues,
	.send = send_message,
	.flush = flush,
	.receive = receive,
};
