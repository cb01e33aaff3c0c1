/* WebSockets: one connection, framed here. Requests of one round leave in one write. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "load.h"

enum { TEXT = 0x81, PING = 0x89, PONG = 0x8a, MASKED = 0x80, FRAME_HEADER = 8 };

static int connection;
static unsigned char outgoing[MAX_WINDOW * (MAX_REQUEST + FRAME_HEADER)];
static size_t outgoing_length;
static unsigned char incoming[1 << 16];
static size_t incoming_length;

static void open_connection(const char *address, int count, char **options)
{
	(void)count, (void)options;
	char text[1024];
	connection = tcp_connect(address);
	int length = snprintf(text, sizeof text,
		"GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Protocol: janus-protocol\r\n\r\n", address);
	write_all(connection, text, (size_t)length);
	read_head(connection, text, sizeof text);
	if (strncmp(text, "HTTP/1.1 101", 12) != 0)
		die("the WebSockets handshake", text);
}

static void add_frame(unsigned char type, const void *bytes, size_t length)
{
	unsigned char *at = outgoing + outgoing_length;
	*at++ = type;
	if (length < 126) {
		*at++ = (unsigned char)(MASKED | length);
	} else {
		*at++ = MASKED | 126;
		*at++ = (unsigned char)(length >> 8);
		*at++ = (unsigned char)length;
	}
	memset(at, 0, 4); /* a mask of zeros leaves the text as it is; Janus unmasks it all the same */
	memcpy(at + 4, bytes, length);
	outgoing_length = (size_t)(at + 4 + length - outgoing);
}

static void send_message(unsigned slot, const char *request, size_t length)
{
	(void)slot;
	add_frame(TEXT, request, length);
}

static void flush(void)
{
	if (outgoing_length > 0)
		write_all(connection, outgoing, outgoing_length);
	outgoing_length = 0;
}

/* Takes one frame off; returns its size, or 0 if it isn't all there. */
static size_t take_frame(const unsigned char *at, size_t available, reply_handler *handle)
{
	if (available < 4)
		return 0;
	size_t header = 2, length = at[1];
	if (length == 126) {
		header = 4;
		length = (size_t)at[2] << 8 | at[3];
	} else if (length > 126) {
		die("a frame", "is too long");
	}
	if (available < header + length)
		return 0;
	if (at[0] == PING)
		add_frame(PONG, at + header, length);
	else if (at[0] == TEXT)
		handle((const char *)at + header, length);
	else
		die("a frame", "is neither text nor a ping");
	return header + length;
}

static void receive(reply_handler *handle)
{
	ssize_t got = read(connection, incoming + incoming_length, sizeof incoming - incoming_length);
	if (got <= 0)
		die("read", got == 0 ? "Janus has closed the connection" : NULL);
	incoming_length += (size_t)got;
	size_t taken = 0, size;
	while ((size = take_frame(incoming + taken, incoming_length - taken, handle)) > 0)
		taken += size;
	memmove(incoming, incoming + taken, incoming_length - taken);
	incoming_length -= taken;
}

const struct backend backend = {
	.open = open_connection,
	.send = send_message,
	.flush = flush,
	.receive = receive,
};
