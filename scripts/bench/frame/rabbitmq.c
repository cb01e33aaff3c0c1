#include "rabbitmq.h"

#include <amqp_tcp_socket.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

void rabbitmq_check(amqp_rpc_reply_t reply, const char *what)
{
	if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
		die(what, amqp_error_string2(reply.library_error));
	if (reply.reply_type != AMQP_RESPONSE_NORMAL)
		die(what, "RabbitMQ refuses");
}

amqp_bytes_t rabbitmq_queue(const char *address)
{
	const char *slash = strchr(address, '/');
	if (slash == NULL)
		die(address, "is not HOST:PORT/QUEUE");
	return amqp_cstring_bytes(slash + 1);
}

amqp_connection_state_t rabbitmq_open(const char *address, int is_stream)
{
	amqp_connection_state_t connection = amqp_new_connection();
	amqp_socket_t *socket = amqp_tcp_socket_new(connection);
	const char *colon = strchr(address, ':');
	if (socket == NULL || colon == NULL || amqp_socket_open(socket, "127.0.0.1", atoi(colon + 1)) != 0)
		die(address, "can't be reached");
	rabbitmq_check(amqp_login(connection, "/", 0, AMQP_DEFAULT_FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN,
		"guest", "guest"), "the login");
	amqp_channel_open(connection, RABBITMQ_CHANNEL);
	rabbitmq_check(amqp_get_rpc_reply(connection), "a channel");
	amqp_table_entry_t type = {
		.key = amqp_cstring_bytes("x-queue-type"),
		.value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("stream")},
	};
	amqp_table_t arguments = {.num_entries = is_stream, .entries = &type};
	amqp_queue_declare(connection, RABBITMQ_CHANNEL, rabbitmq_queue(address), 0, is_stream, 0, 0,
		arguments);
	rabbitmq_check(amqp_get_rpc_reply(connection), "the queue");
	return connection;
}
