/* Sends or receives numbered messages and checks that none is missing.
 * volume send ADDRESS COUNT SIZE   (PUSH, connects)
 * volume recv ADDRESS COUNT SIZE   (PULL, connects; prints "ok")
 * volume echo ADDRESS              (REP, binds; until killed)
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

static int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
	return 1;
}

static void number(char *buf, size_t size, uint32_t n)
{
	memcpy(buf, &n, size < sizeof n ? size : sizeof n);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	void *context = zmq_ctx_new();
	if (!strcmp(argv[1], "echo")) {
		void *socket = zmq_socket(context, ZMQ_REP);
		static char buf[1 << 20];
		if (zmq_bind(socket, argv[2]) != 0)
			return fail("bind");
		for (;;) {
			int size = zmq_recv(socket, buf, sizeof buf, 0);
			if (size < 0 || zmq_send(socket, buf, (size_t)size, 0) < 0)
				return fail("echo");
		}
	}
	if (argc < 5)
		return 2;
	uint32_t count = (uint32_t)atol(argv[3]);
	size_t size = (size_t)atol(argv[4]);
	char *buf = calloc(1, size), *want = calloc(1, size);
	int sends = !strcmp(argv[1], "send");
	void *socket = zmq_socket(context, sends ? ZMQ_PUSH : ZMQ_PULL);
	if (zmq_connect(socket, argv[2]) != 0)
		return fail("connect");
	for (uint32_t n = 0; n < count; n++) {
		if (sends) {
			number(buf, size, n);
			if (zmq_send(socket, buf, size, 0) < 0)
				return fail("send");
			continue;
		}
		number(want, size, n);
		if (zmq_recv(socket, buf, size, 0) != (int)size)
			return fail("recv");
		if (memcmp(buf, want, size) != 0) {
			fprintf(stderr, "message %u is not it\n", n);
			return 1;
		}
	}
	if (!sends)
		puts("ok");
	free(buf);
	free(want);
	zmq_close(socket);
	zmq_ctx_term(context);
	return 0;
}
