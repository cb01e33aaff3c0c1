/* ZeroMQ: one SUB socket of libzmq. */
#include <errno.h>
#include <zmq.h>

#include "subscriber.h"

static void *sub;

static void open_sub(const char *address)
{
	sub = zmq_socket(zmq_ctx_new(), ZMQ_SUB);
	if (sub == NULL || zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "", 0) < 0 ||
			zmq_setsockopt(sub, ZMQ_RCVTIMEO, &(int){TICK_MS}, sizeof(int)) < 0 ||
			zmq_connect(sub, address) < 0)
		die(address, zmq_strerror(zmq_errno()));
}

static int receive(message_handler *handle, int wait)
{
	zmq_msg_t message;
	zmq_msg_init(&message);
	int received = zmq_msg_recv(&message, sub, wait ? 0 : ZMQ_DONTWAIT) >= 0;
	if (received)
		handle(zmq_msg_data(&message), zmq_msg_size(&message));
	else if (zmq_errno() != EAGAIN)
		die("zmq_msg_recv", zmq_strerror(zmq_errno()));
	zmq_msg_close(&message);
	return received;
}

const struct backend backend = {.open = open_sub, .receive = receive};
