/* RabbitMQ: requests to one queue, with correlation ids, and replies from another; AMQP 0-9-1 by
 * librabbitmq. Nothing is confirmed or acknowledged, as Janus's transport has it. */
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

enum { CHANNEL = 1 };

static amqp_connection_state_t connection;
static amqp_bytes_t requests, replies;

static void check(const char *what)
{
	amqp_rpc_reply_t reply = amqp_get_rpc_reply(connection);
	if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
		die(what, amqp_error_string2(reply.library_error));
	if (reply.reply_type != AMQP_RESPONSE_NORMAL)
		die(what, "RabbitMQ refuses");
}

static void declare(amqp_bytes_t queue)
{
	amqp_queue_declare(connection, CHANNEL, queue, 0, 0, 0, 0, amqp_empty_table);
	check("a queue");
}

static void open_queues(const char *address, int count, char **options)
{
	const char *colon = strchr(address, ':');
	if (colon == NULL || count != 2)
		die(address, "expected HOST:PORT, the queue of requests and that of replies");
	requests = amqp_cstring_bytes(options[0]);
	replies = amqp_cstring_bytes(options[1]);
	connection = amqp_new_connection();
	amqp_socket_t *socket = amqp_tcp_socket_new(connection);
	if (socket == NULL || amqp_socket_open(socket, "127.0.0.1", atoi(colon + 1)) != 0)
		die(address, "can't be reached");
	amqp_rpc_reply_t login = amqp_login(connection, "/", 0, AMQP_DEFAULT_FRAME_SIZE, 0,
		AMQP_SASL_METHOD_PLAIN, "guest", "guest");
	if (login.reply_type != AMQP_RESPONSE_NORMAL)
		die(address, "refuses the login");
	amqp_channel_open(connection, CHANNEL);
	check("a channel");
	declare(requests);
	declare(replies);
	int no_ack = 1;
	amqp_basic_consume(connection, CHANNEL, replies, amqp_empty_bytes, 0, no_ack, 0,
		amqp_empty_table);
	check("the consumer");
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
	int error = amqp_basic_publish(connection, CHANNEL, amqp_empty_bytes, requests, 0, 0,
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
		if (reply.reply_type != AMQP_RESPONSE_NORMAL)
			die("a reply", amqp_error_string2(reply.library_error));
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
