/* ZeroMQ: one DEALER socket of libzmq. */
#include <errno.h>
#include <zmq.h>

#include "load.h"

static void *dealer;

static void open_dealer(const char *address, int count, char **options)
{
	(void)count, (void)options;
	dealer = zmq_socket(zmq_ctx_new(), ZMQ_DEALER);
	if (dealer == NULL || zmq_connect(dealer, address) < 0)
		die(address, zmq_strerror(zmq_errno()));
}

static void send_message(unsigned slot, const char *request, size_t length)
{
	(void)slot;
	if (zmq_send(dealer, request, length, 0) < 0)
		die("zmq_send", zmq_strerror(zmq_errno()));
}

static void flush(void)
{
}

static void receive(reply_handler *handle)
{
	char text[4096];
	int flags = 0;
	for (;;) {
		int length = zmq_recv(dealer, text, sizeof text, flags);
		if (length < 0 && zmq_errno() == EAGAIN)
			return;
		if (length < 0)
			die("zmq_recv", zmq_strerror(zmq_errno()));
		handle(text, (size_t)length);
		flags = ZMQ_DONTWAIT;
	}
}

const struct backend backend = {
	.open = open_dealer,
	.send = send_message,
	.flush = flush,
	.receive = receive,
};
