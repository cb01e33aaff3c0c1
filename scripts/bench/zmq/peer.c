/* The yardstick: the same two measurements on libzmq itself, and the peer of all the others.
 *
 * peer echo ADDRESS            REP, binds, answers until killed
 * peer roundtrip ADDRESS N B   REQ, connects, prints nanoseconds for N round trips of B bytes
 * peer source ADDRESS N B      PUSH, connects, sends N messages of B bytes
 * peer sink ADDRESS N B        PULL, binds, prints nanoseconds from the first message to the last
 * peer drain ADDRESS N B       PULL, connects, takes N messages
 * peer push ADDRESS N B        PUSH, binds, prints nanoseconds for handing over N messages
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
	exit(1);
}

static void take(void *socket, char *buf, size_t size)
{
	if (zmq_recv(socket, buf, size, 0) < 0)
		die("recv");
}

static void give(void *socket, const char *buf, size_t size)
{
	if (zmq_send(socket, buf, size, 0) < 0)
		die("send");
}

int main(int argc, char **argv)
{
	static const struct { const char *name; int type, binds; } roles[] = {
		{"echo", ZMQ_REP, 1}, {"roundtrip", ZMQ_REQ, 0}, {"source", ZMQ_PUSH, 0},
		{"sink", ZMQ_PULL, 1}, {"drain", ZMQ_PULL, 0}, {"push", ZMQ_PUSH, 1},
	};
	size_t role = 0;
	if (argc < 3)
		return 2;
	while (role < sizeof roles / sizeof *roles && strcmp(roles[role].name, argv[1]))
		role++;
	if (role == sizeof roles / sizeof *roles)
		return 2;
	void *context = zmq_ctx_new();
	void *socket = zmq_socket(context, roles[role].type);
	if ((roles[role].binds ? zmq_bind : zmq_connect)(socket, argv[2]) != 0)
		die(argv[2]);
	long count = argc > 3 ? atol(argv[3]) : 0;
	size_t size = argc > 4 ? (size_t)atol(argv[4]) : 1 << 20;
	char *buf = calloc(1, size + 1);
	int64_t start = 0;

	switch (role) {
	case 0:
		for (;;) {
			int n = zmq_recv(socket, buf, size, 0);
			if (n < 0)
				die("recv");
			give(socket, buf, (size_t)n);
		}
	case 1:
		for (long n = -count / 2; n < count; n++) {
			if (n == 0)
				start = now();
			give(socket, buf, size);
			take(socket, buf, size);
		}
		break;
	case 2:
		for (long n = 0; n < count; n++)
			give(socket, buf, size);
		break;
	case 3:
	case 4:
		take(socket, buf, size);
		start = now();
		for (long n = 1; n < count; n++)
			take(socket, buf, size);
		break;
	default:
		give(socket, buf, size); /* waits for the peer */
		start = now();
		for (long n = 1; n < count; n++)
			give(socket, buf, size);
	}
	if (role == 1 || role == 3 || role == 5)
		printf("%lld\n", (long long)(now() - start));
	free(buf);
	zmq_close(socket);
	zmq_ctx_term(context);
	return 0;
}
