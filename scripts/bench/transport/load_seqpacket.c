/* Unix sockets: one SOCK_SEQPACKET connection, a message a packet. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "load.h"

static int connection;

static void open_connection(const char *address, int count, char **options)
{
	(void)count, (void)options;
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	if (strlen(address) >= sizeof path.sun_path)
		die(address, "is too long for a Unix socket");
	strcpy(path.sun_path, address);
	connection = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (connection < 0 || connect(connection, (struct sockaddr *)&path, sizeof path) < 0)
		die(address, NULL);
}

static void send_message(unsigned slot, const char *request, size_t length)
{
	(void)slot;
	if (send(connection, request, length, MSG_NOSIGNAL) < 0)
		die("send", NULL);
}

static void flush(void)
{
}

static void receive(reply_handler *handle)
{
	char text[8192];
	int flags = 0;
	for (;;) {
		ssize_t length = recv(connection, text, sizeof text, flags);
		if (length < 0 && errno == EAGAIN)
			return;
		if (length <= 0)
			die("recv", length == 0 ? "Janus has closed the connection" : NULL);
		handle(text, (size_t)length);
		flags = MSG_DONTWAIT;
	}
}

const struct backend backend = {
	.open = open_connection,
	.send = send_message,
	.flush = flush,
	.receive = receive,
};
