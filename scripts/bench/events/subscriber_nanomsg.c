/* Nanomsg: one SUB socket of libnanomsg. */
#include <errno.h>
#include <nanomsg/nn.h>
#include <nanomsg/pubsub.h>

#include "subscriber.h"

static int sub;

static void open_sub(const char *address)
{
	sub = nn_socket(AF_SP, NN_SUB);
	if (sub < 0 || nn_setsockopt(sub, NN_SUB, NN_SUB_SUBSCRIBE, "", 0) < 0 ||
			nn_setsockopt(sub, NN_SOL_SOCKET, NN_RCVTIMEO, &(int){TICK_MS}, sizeof(int)) < 0 ||
			nn_connect(sub, address) < 0)
		die(address, nn_strerror(nn_errno()));
}

static int receive(message_handler *handle, int wait)
{
	void *text;
	int length = nn_recv(sub, &text, NN_MSG, wait ? 0 : NN_DONTWAIT);
	if (length >= 0) {
		handle(text, (size_t)length);
		nn_freemsg(text);
	} else if (nn_errno() != ETIMEDOUT && nn_errno() != EAGAIN) {
		die("nn_recv", nn_strerror(nn_errno()));
	}
	return length >= 0;
}

const struct backend backend = {.open = open_sub, .receive = receive};
