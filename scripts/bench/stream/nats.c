#include "nats.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../frame/bench.h"

enum { INCOMING = 1 << 20, OUTGOING = 1 << 16 };

static int connection = -1;
static char incoming[INCOMING], outgoing[OUTGOING];
static size_t incoming_length, outgoing_length;

void nats_flush(void)
{
	write_all(connection, outgoing, outgoing_length);
	outgoing_length = 0;
}

void nats_write(const void *bytes, size_t length)
{
	if (outgoing_length + length > OUTGOING)
		nats_flush();
	if (length > OUTGOING)
		die("a message", "is too long");
	memcpy(outgoing + outgoing_length, bytes, length);
	outgoing_length += length;
}

static void write_text(const char *text)
{
	nats_write(text, strlen(text));
}

static size_t number_of(const char *word)
{
	char *end;
	size_t number = word == NULL ? 0 : strtoul(word, &end, 10);
	if (word == NULL || end == word)
		die("NATS", "said a message without its length");
	return number;
}

/* MSG SUBJECT SID [REPLY] LENGTH, or HMSG SUBJECT SID [REPLY] HEADERS LENGTH. Returns the size of what
 * follows, with the line's end; 0 if that isn't all there. */
static size_t take_message(char *words, int has_headers, const char *body, size_t available,
	nats_handler *handle)
{
	char *last[2] = {NULL, NULL}, *place;
	for (char *word = strtok_r(words, " ", &place); word != NULL; word = strtok_r(NULL, " ", &place))
		last[0] = last[1], last[1] = word;
	size_t length = number_of(last[1]), headers = has_headers ? number_of(last[0]) : 0;
	if (headers > length || length > INCOMING / 2)
		die("NATS", "said a length that can't be");
	if (available < length + 2)
		return 0;
	handle(body + headers, length - headers);
	return length + 2;
}

/* Takes one operation off; returns its size, or 0 if it isn't all there. */
static size_t take(const char *at, size_t available, nats_handler *handle, int *messages)
{
	char line[1024];
	const char *end = memmem(at, available, "\r\n", 2);
	if (end == NULL)
		return 0;
	size_t length = (size_t)(end - at), size = length + 2;
	if (length >= sizeof line) {
		if (strncmp(at, "INFO ", 5) != 0)
			die("NATS", "said a line that is too long");
		return size;
	}
	memcpy(line, at, length);
	line[length] = '\0';
	int has_headers = strncmp(line, "HMSG ", 5) == 0;
	if (has_headers || strncmp(line, "MSG ", 4) == 0) {
		char *words = line + (has_headers ? 5 : 4);
		size_t body = take_message(words, has_headers, at + size, available - size, handle);
		*messages += body > 0;
		return body > 0 ? size + body : 0;
	}
	if (strcmp(line, "PING") == 0) {
		write_text("PONG\r\n");
		nats_flush();
	} else if (strncmp(line, "-ERR", 4) == 0) {
		die("NATS", line);
	}
	return size;
}

int nats_read(nats_handler *handle, int wait_ms)
{
	struct pollfd item = {.fd = connection, .events = POLLIN};
	int messages = 0;
	if (poll(&item, 1, wait_ms) <= 0)
		return 0;
	ssize_t got = read(connection, incoming + incoming_length, INCOMING - incoming_length);
	if (got <= 0)
		die("NATS", got == 0 ? "has closed the connection" : NULL);
	incoming_length += (size_t)got;
	size_t taken = 0, size;
	while ((size = take(incoming + taken, incoming_length - taken, handle, &messages)) > 0)
		taken += size;
	memmove(incoming, incoming + taken, incoming_length - taken);
	incoming_length -= taken;
	return messages;
}

void nats_connect(const char *address)
{
	const char *colon = strrchr(address, ':');
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(colon == NULL ? "" : colon + 1)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connection < 0 || connect(connection, (struct sockaddr *)&to, sizeof to) < 0 ||
			setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) < 0)
		die(address, NULL);
	write_text("CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,"
		"\"no_responders\":true,\"name\":\"bench\",\"lang\":\"c\",\"version\":\"1\"}\r\n");
	nats_flush();
}
