/* Nanomsg: one PAIR socket of libnanomsg. */
#include <errno.h>
#include <nanomsg/nn.h>
#include <nanomsg/pair.h>
#include <nanomsg/tcp.h>

#include "load.h"

static int pair;

static void open_pair(const char *address, int count, char **options)
{
	(void)count, (void)options;
	pair = nn_socket(AF_SP, NN_PAIR);
	if (pair < 0 || nn_connect(pair, address) < 0)
		die(address, nn_strerror(nn_errno()));
	if (nn_setsockopt(pair, NN_TCP, NN_TCP_NODELAY, &(int){1}, sizeof(int)) < 0)
		die("NN_TCP_NODELAY", nn_strerror(nn_errno()));
}

static void send_message(unsigned slot, const char *request, size_t length)
{
	(void)slot;
	if (nn_send(pair, request, length, 0) < 0)
		die("nn_send", nn_strerror(nn_errno()));
}

static void flush(void)
{
}

static void receive(reply_handler *handle)
{
	char text[4096];
	int flags = 0;
	for (;;) {
		int length = nn_recv(pair, text, sizeof text, flags);
		if (length < 0 && nn_errno() == EAGAIN)
			return;
		if (length < 0)
			die("nn_recv", nn_strerror(nn_errno()));
		handle(text, (size_t)length);
		flags = NN_DONTWAIT;
	}
}

const struct backend backend = {
	.open = open_pair,
	.send = send_message,
	.flush = flush,
	.receive = receive,
};
