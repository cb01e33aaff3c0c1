/* Connections that flood a socket of libzmq's and break off: with the guard the process lives, without it it
 * does not. And those that read nothing for a while: they get all of it later. Each in a process of its own. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bridge.h"
#include "tap.h"

#define ROUNDS 20
#define HIGH_WATER_MARK 10
#define PATIENCE_MS 5000
#define QUIET_MS 20
/* More than fits the way. */
#define PART_BYTES (256u << 10)
#define PARTS 100

/* libzmq's, as it is only loaded. */
enum { DEALER = 5, ROUTER = 6, LINGER = 17, RCVHWM = 24, RCVTIMEO = 27, LAST_ENDPOINT = 32, SNDMORE = 2 };
static struct {
	void *(*ctx_new)(void), *(*socket)(void *, int);
	int (*ctx_term)(void *), (*close)(void *), (*bind)(void *, const char *), (*connect)(void *, const char *);
	int (*setsockopt)(void *, int, const void *, size_t), (*getsockopt)(void *, int, void *, size_t *);
	int (*recv)(void *, void *, size_t, int), (*send)(void *, const void *, size_t, int);
} zmq;

static bool libzmq_load(void) {
	void *library = dlopen("libzmq.so.5", RTLD_NOW), *symbol;
	if(library == NULL)
		return false;
#define LOAD(name) (symbol = dlsym(library, "zmq_" #name), memcpy(&zmq.name, &symbol, sizeof symbol))
	LOAD(ctx_new), LOAD(socket), LOAD(ctx_term), LOAD(close), LOAD(bind), LOAD(connect);
	LOAD(setsockopt), LOAD(getsockopt), LOAD(recv), LOAD(send);
	return true;
}

static void *context, *router;
static char endpoint[64];

static void *socket_open(int type, int patience_ms) {
	static const int none = 0, few = HIGH_WATER_MARK;
	void *socket = zmq.socket(context, type);
	CHECK(zmq.setsockopt(socket, LINGER, &none, sizeof none) == 0 && zmq.setsockopt(socket, RCVHWM, &few, sizeof few) == 0);
	CHECK(zmq.setsockopt(socket, RCVTIMEO, &patience_ms, sizeof patience_ms) == 0);
	return socket;
}

/* Reads the router empty, and answers those that say "hello". */
static int serve(void) {
	char id[256], text[256];
	int id_length, length, count = 0;
	while((id_length = zmq.recv(router, id, sizeof id, 0)) > 0 && (length = zmq.recv(router, text, sizeof text, 0)) >= 0) {
		count++;
		if(length == 5 && !memcmp(text, "hello", 5))
			CHECK(zmq.send(router, id, (size_t)id_length, SNDMORE) == id_length && zmq.send(router, "hello", 5, 0) == 5);
	}
	return count;
}

static void check_answered(void *client) {
	char text[16];
	CHECK(zmq.send(client, "hello", 5, 0) == 5);
	for(int left = PATIENCE_MS / QUIET_MS; left > 0 && serve() == 0; left--)
		continue;
	CHECK(zmq.recv(client, text, sizeof text, 0) == 5);
}

/* ---- the other end, without libzmq ---- */

/* Has shaken hands as a DEALER without security. */
static int raw_connect(void) {
	static const char ready[] = "\4\x1c\5READY\xbSocket-Type\0\0\0\6DEALER";
	char greeting[64] = "\xff\0\0\0\0\0\0\0\0\x7f\3\1NULL", heard[256];
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(strrchr(endpoint, ':') + 1)) };
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
	CHECK(send(fd, greeting, sizeof greeting, 0) == sizeof greeting && send(fd, ready, sizeof ready - 1, 0) == sizeof ready - 1);
	size_t length = 0;
	for(ssize_t n = 1; n > 0 && memmem(heard, length, "Socket-Type", 11) == NULL; length += n > 0 ? (size_t)n : 0)
		n = recv(fd, heard + length, sizeof heard - length, 0);
	CHECK(memmem(heard, length, "Socket-Type", 11) != NULL);
	return fd;
}

/* Sends short messages with PINGs between them until nobody takes any more, and breaks off. */
static void flood(void) {
	static const char unit[] = "\0\1x\0\1x\0\1x\4\7\4PING\0\0";
	static const struct linger reset = { .l_onoff = 1 };
	static char units[64 * (sizeof unit - 1)];
	for(size_t at = 0; at < sizeof units; at++)
		units[at] = unit[at % (sizeof unit - 1)];
	int fd = raw_connect();
	for(struct pollfd room = { .fd = fd, .events = POLLOUT }; poll(&room, 1, QUIET_MS) > 0;)
		if(send(fd, units, sizeof units, MSG_DONTWAIT | MSG_NOSIGNAL) < (ssize_t)sizeof units)
			break;
	CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
	close(fd);
}

/* ---- */

static void router_open(void) {
	size_t size = sizeof endpoint;
	router = socket_open(ROUTER, QUIET_MS);
	CHECK(zmq.bind(router, "tcp://127.0.0.1:*") == 0 && zmq.getsockopt(router, LAST_ENDPOINT, endpoint, &size) == 0);
}

static void rounds_run(void) {
	router_open();
	void *staying = socket_open(DEALER, PATIENCE_MS);
	CHECK(zmq.connect(staying, endpoint) == 0);
	for(int round = 0; round < ROUNDS; round++) {
		flood();
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
		CHECK(serve() >= HIGH_WATER_MARK);
		void *newcomer = socket_open(DEALER, PATIENCE_MS);
		CHECK(zmq.connect(newcomer, endpoint) == 0);
		check_answered(newcomer);
		check_answered(staying);
		zmq.close(newcomer);
	}
	zmq.close(staying);
	zmq.close(router);
}

/* Reads so many bytes, or until no more come. Returns how many. */
static size_t raw_read(int fd, size_t bytes) {
	static char text[PART_BYTES];
	size_t done = 0;
	for(struct pollfd more = { .fd = fd, .events = POLLIN }; done < bytes && poll(&more, 1, PATIENCE_MS) > 0;) {
		ssize_t n = recv(fd, text, bytes - done < sizeof text ? bytes - done : sizeof text, 0);
		if(n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

/* Sends one who reads nothing more than fits the way; then it reads, twice. */
static void late_reader_run(void) {
	static char part[PART_BYTES], id[256], text[16];
	const size_t whole = PARTS * (PART_BYTES + 9);
	router_open();
	int fd = raw_connect();
	CHECK(send(fd, "\0\1x", 3, 0) == 3);
	int length = -1;
	for(int left = PATIENCE_MS / QUIET_MS; left > 0 && length < 0; left--)
		length = zmq.recv(router, id, sizeof id, 0);
	CHECK(length > 0 && zmq.recv(router, text, sizeof text, 0) == 1);
	for(int round = 0; round < 2; round++) {
		for(int at = 0; at < PARTS; at++)
			CHECK(zmq.send(router, id, (size_t)length, SNDMORE) == length && zmq.send(router, part, sizeof part, 0) == PART_BYTES);
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
		CHECK(raw_read(fd, whole) == whole);
	}
	close(fd);
	zmq.close(router);
}

/* What becomes of a process that does it, as waitpid() has it. */
static int process_end(bool guarded, void (*run)(void)) {
	int status = -1;
	fflush(stdout);
	pid_t pid = fork();
	if(pid == 0) {
		static const struct rlimit none = { 0, 0 };
		setrlimit(RLIMIT_CORE, &none);
		if(!libzmq_load())
			_exit(2);
		CHECK(!guarded || jz_zmq_guard() == 0);
		context = zmq.ctx_new();
		run();
		CHECK(zmq.ctx_term(context) == 0);
		fflush(stdout);
		_exit(tap.complaints > 0);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	return status;
}

static void test_guarded(void) {
	int status = process_end(true, rounds_run);
	if(!CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		printf("# status %x\n", (unsigned)status);
}

static void test_late_reader(void) {
	int status = process_end(true, late_reader_run);
	if(!CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		printf("# status %x\n", (unsigned)status);
}

/* Where this fails, libzmq has been mended: if that is so for all versions that are supported, the guard can go. */
static void test_unguarded(void) {
	int status = process_end(false, rounds_run);
	if(!CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT))
		printf("# status %x\n", (unsigned)status);
}

/* Where there is none of libzmq, there is nothing to guard. */
static void test_absent(void) {
	CHECK(jz_zmq_guard() < 0);
}

int main(void) {
	tap_run("epoll: without libzmq there is nothing to guard, and that is said", test_absent);
	tap_run("epoll: connections that flood and break off do not end a guarded process", test_guarded);
	tap_run("epoll: they do end one that is not guarded", test_unguarded);
	tap_run("epoll: who reads late gets all of it", test_late_reader);
	return tap_end();
}
