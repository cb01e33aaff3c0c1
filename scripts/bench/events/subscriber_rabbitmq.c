/* RabbitMQ: consumes the queue to which Janus's handler publishes, without acknowledgements. */
#include "../frame/rabbitmq.h"

#include "subscriber.h"

static amqp_connection_state_t connection;

static void open_queue(const char *address)
{
	connection = rabbitmq_open(address, 0);
	amqp_basic_consume(connection, RABBITMQ_CHANNEL, rabbitmq_queue(address), amqp_empty_bytes, 0, 1,
		0, amqp_empty_table);
	rabbitmq_check(amqp_get_rpc_reply(connection), "the consumer");
}

static int receive(message_handler *handle, int wait)
{
	struct timeval timeout = {.tv_usec = wait ? TICK_MS * 1000 : 0};
	amqp_envelope_t envelope;
	amqp_maybe_release_buffers(connection);
	amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, &timeout, 0);
	if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
			reply.library_error == AMQP_STATUS_TIMEOUT)
		return 0;
	rabbitmq_check(reply, "a message");
	handle(envelope.message.body.bytes, envelope.message.body.len);
	amqp_destroy_envelope(&envelope);
	return 1;
}

const struct backend backend = {.open = open_queue, .receive = receive};
