/* HTTP/1.1: a kept-alive connection for each request under way, as HTTP has no other way.
 * Option: how many connections. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

/* Nothing takes this long but a server that stands still. */
enum { STALL_MS = 20 };

struct connection {
	int fd;
	size_t length;
	char text[4096];
};

static struct connection *connections;
static unsigned connection_count;
static int epoll;
static const char *host;
static int stalls;

static void open_connections(const char *address, int count, char **options)
{
	host = address;
	connection_count = count > 0 ? (unsigned)atoi(options[0]) : 1;
	connections = calloc(connection_count, sizeof *connections);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (connections == NULL || epoll < 0 || connection_count > MAX_WINDOW)
		die("connections", NULL);
	for (unsigned i = 0; i < connection_count; i++) {
		connections[i].fd = tcp_connect(address);
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, connections[i].fd, &event) < 0)
			die("epoll_ctl", NULL);
	}
}

static void send_message(unsigned slot, const char *request, size_t length)
{
	char text[MAX_REQUEST + 256];
	if (slot >= connection_count)
		die("a request", "has no connection");
	int size = snprintf(text, sizeof text,
		"POST /janus HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n%.*s", host, length, (int)length, request);
	write_all(connections[slot].fd, text, (size_t)size);
}

static void flush(void)
{
}

static void read_reply(struct connection *one, reply_handler *handle)
{
	ssize_t got = recv(one->fd, one->text + one->length, sizeof one->text - 1 - one->length, 0);
	if (got <= 0)
		die("recv", got == 0 ? "Janus has closed the connection" : NULL);
	one->length += (size_t)got;
	one->text[one->length] = '\0';
	char *body = strstr(one->text, "\r\n\r\n");
	if (body == NULL)
		return;
	if (strncmp(one->text, "HTTP/1.1 200", 12) != 0 ||
			strcasestr(one->text, "\r\ntransfer-encoding: chunked") == NULL)
		die("a response", one->text);
	/* A ping's answer is one chunk, and an empty one behind it. */
	char *text;
	size_t length = strtoul(body + 4, &text, 16);
	const char *end = text + 2 + length;
	if (text == body + 4 || one->text + one->length < end + strlen("\r\n0\r\n\r\n"))
		return;
	one->length = 0;
	handle(text + 2, length);
}

/* Janus's server (libmicrohttpd 0.9.75) now and then misses that replies are ready, until somebody
 * connects. */
static void wake_server(void)
{
	close(tcp_connect(host));
	stalls++;
}

static int count_stalls(void)
{
	return stalls;
}

static void receive(reply_handler *handle)
{
	struct epoll_event events[128];
	int ready = epoll_wait(epoll, events, 128, STALL_MS);
	if (ready < 0)
		die("epoll_wait", NULL);
	if (ready == 0)
		wake_server();
	for (int i = 0; i < ready; i++)
		read_reply(&connections[events[i].data.u32], handle);
}

const struct backend backend = {
	.open = open_connections,
	.send = send_message,
	.flush = flush,
	.receive = receive,
	.stalls = count_stalls,
};
