/* RabbitMQ: consumes a stream, from its end on. */
#include "../frame/rabbitmq.h"

#include "../events/subscriber.h"

/* So many may come before they are acknowledged, and so many are at once: a stream wants it, as credit. */
enum { PREFETCH = 1000, AT_ONCE = 250 };

static amqp_connection_state_t connection;
static uint64_t newest;
static int unacknowledged;

static void open_stream(const char *address)
{
	connection = rabbitmq_open(address, 1);
	amqp_basic_qos(connection, RABBITMQ_CHANNEL, 0, PREFETCH, 0);
	rabbitmq_check(amqp_get_rpc_reply(connection), "the prefetch count");
	amqp_table_entry_t from = {
		.key = amqp_cstring_bytes("x-stream-offset"),
		.value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("next")},
	};
	amqp_table_t arguments = {.num_entries = 1, .entries = &from};
	amqp_basic_consume(connection, RABBITMQ_CHANNEL, rabbitmq_queue(address), amqp_empty_bytes, 0, 0,
		0, arguments);
	rabbitmq_check(amqp_get_rpc_reply(connection), "the consumer");
}

static void acknowledge(void)
{
	if (unacknowledged > 0 && amqp_basic_ack(connection, RABBITMQ_CHANNEL, newest, 1) != 0)
		die("an acknowledgement", "can't be sent");
	unacknowledged = 0;
}

static int receive(message_handler *handle, int wait)
{
	struct timeval timeout = {.tv_usec = wait ? TICK_MS * 1000 : 0};
	amqp_envelope_t envelope;
	amqp_maybe_release_buffers(connection);
	amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, &timeout, 0);
	if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
			reply.library_error == AMQP_STATUS_TIMEOUT) {
		acknowledge();
		return 0;
	}
	rabbitmq_check(reply, "a message");
	handle(envelope.message.body.bytes, envelope.message.body.len);
	newest = envelope.delivery_tag;
	amqp_destroy_envelope(&envelope);
	if (++unacknowledged == AT_ONCE)
		acknowledge();
	return 1;
}

const struct backend backend = {.open = open_stream, .receive = receive};
