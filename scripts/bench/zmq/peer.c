/* The yardstick: the same measurements on libzmq itself, and the peer of all the others.
 *
 * peer echo ADDRESS            REP, binds, answers until killed
 * peer roundtrip ADDRESS N B   REQ, connects, makes N round trips of B bytes
 * peer source ADDRESS N B      PUSH, connects, sends N messages of B bytes
 * peer sink ADDRESS N B        PULL, binds, takes N messages
 * peer drain ADDRESS N B       PULL, connects, takes N messages
 * peer push ADDRESS N B        PUSH, binds, sends N messages
 * peer fresh ADDRESS N B       the same, each message with other bytes
 *
 * roundtrip, sink, push and fresh print nanoseconds for all but the first third of the N: how long
 * they took, and how much of the processor.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

static int64_t now(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
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
		{"fresh", ZMQ_PUSH, 1},
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
	char *buf = calloc(1, size + sizeof(long));
	int64_t start = 0, cpu = 0;

	for (long n = 0; role == 0 || n < count; n++) {
		if (n == count / 3) {
			start = now(CLOCK_MONOTONIC);
			cpu = now(CLOCK_PROCESS_CPUTIME_ID);
		}
		switch (role) {
		case 0: {
			int got = zmq_recv(socket, buf, size, 0);
			if (got < 0)
				die("recv");
			give(socket, buf, (size_t)got);
			break;
		}
		case 1:
			give(socket, buf, size);
			take(socket, buf, size);
			break;
		case 3:
		case 4:
			take(socket, buf, size);
			break;
		case 6:
			memcpy(buf, &n, sizeof n);
			/* fall through */
		default:
			give(socket, buf, size);
		}
	}
	if (role == 1 || role == 3 || role >= 5)
		printf("%lld %lld\n", (long long)(now(CLOCK_MONOTONIC) - start),
		       (long long)(now(CLOCK_PROCESS_CPUTIME_ID) - cpu));
	free(buf);
	zmq_close(socket);
	zmq_ctx_term(context);
	return 0;
}
