/* WebSockets: the handler is the client, so that this is a server, of one connection at a time. */
#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "subscriber.h"

enum { TEXT = 0x81, MASKED = 0x80, BUFFER = 1 << 20 };
/* Unasked for, with nothing in it. */
static const unsigned char PONG[] = {0x8a, 0};
static const int64_t PONG_NS = 1000000000;

static int server, connection = -1;
static unsigned char *incoming;
static size_t incoming_length;

/* ADDRESS is a port on loopback. */
static void open_server(const char *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	incoming = malloc(BUFFER);
	server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (incoming == NULL || server < 0 ||
			setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) < 0 ||
			bind(server, (struct sockaddr *)&address, sizeof address) < 0 || listen(server, 1) < 0)
		die(port, NULL);
}

/* Answers the handshake as RFC 6455 has it (4.2.2). */
static void shake_hands(char *request)
{
	static const char header[] = "Sec-WebSocket-Key:";
	char *key = strcasestr(request, header);
	if (key == NULL)
		die("the WebSockets handshake", request);
	key += sizeof header - 1;
	key += strspn(key, " ");
	key[strcspn(key, " \r\n")] = '\0';
	char *accepted = g_strconcat(key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", NULL);
	guint8 digest[20];
	gsize size = sizeof digest;
	GChecksum *sha1 = g_checksum_new(G_CHECKSUM_SHA1);
	g_checksum_update(sha1, (guchar *)accepted, -1);
	g_checksum_get_digest(sha1, digest, &size);
	char *answer = g_base64_encode(digest, size);
	char text[256];
	int length = snprintf(text, sizeof text, "HTTP/1.1 101 Switching Protocols\r\n"
		"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", answer);
	write_all(connection, text, (size_t)length);
	g_checksum_free(sha1);
	g_free(answer);
	g_free(accepted);
}

static void accept_client(void)
{
	char request[4096];
	if (connection >= 0)
		close(connection);
	incoming_length = 0;
	connection = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	if (connection < 0)
		die("accept", NULL);
	read_head(connection, request, sizeof request);
	shake_hands(request);
}

/* Takes one frame off; returns its size, or 0 if it isn't all there. */
static size_t take_frame(unsigned char *at, size_t available, message_handler *handle)
{
	if (available < 14)
		return 0;
	size_t header = 2, length = at[1] & ~MASKED;
	if (at[0] != TEXT || (at[1] & MASKED) == 0)
		die("a frame", "is not a masked text in one piece");
	if (length == 126) {
		header = 4;
		length = (size_t)at[2] << 8 | at[3];
	} else if (length == 127) {
		die("a frame", "is too long");
	}
	const unsigned char *mask = at + header;
	unsigned char *text = at + header + 4;
	if (available < header + 4 + length)
		return 0;
	for (size_t i = 0; i < length; i++)
		text[i] ^= mask[i % 4];
	handle((char *)text, length);
	return header + 4 + length;
}

static void read_frames(message_handler *handle)
{
	ssize_t got = read(connection, incoming + incoming_length, BUFFER - incoming_length);
	if (got <= 0) {
		close(connection);
		connection = -1;
		return;
	}
	incoming_length += (size_t)got;
	size_t taken = 0, size;
	while ((size = take_frame(incoming + taken, incoming_length - taken, handle)) > 0)
		taken += size;
	memmove(incoming, incoming + taken, incoming_length - taken);
	incoming_length -= taken;
}

/* A handler that hears nothing of its server for five minutes hangs up. */
static void say_alive(void)
{
	static int64_t said_at;
	int64_t at = read_clock(CLOCK_MONOTONIC);
	if (at - said_at < PONG_NS)
		return;
	write_all(connection, PONG, sizeof PONG);
	said_at = at;
}

static int receive(message_handler *handle, int wait)
{
	struct pollfd items[2] = {
		{.fd = server, .events = POLLIN},
		{.fd = connection, .events = POLLIN},
	};
	int ready = poll(items, 2, wait ? TICK_MS : 0);
	if (ready < 0)
		die("poll", NULL);
	if (items[1].revents != 0)
		read_frames(handle);
	if (connection >= 0)
		say_alive();
	if (items[0].revents != 0)
		accept_client();
	return ready > 0;
}

const struct backend backend = {.open = open_server, .receive = receive};
