/* NATS: subscribes to the subject to which a push consumer of a JetStream stream delivers. */
#include <stdio.h>
#include <string.h>

#include "nats.h"
#include "../events/subscriber.h"

/* HOST:PORT/SUBJECT */
static void open_subscription(const char *address)
{
	char host[64], line[128];
	const char *slash = strchr(address, '/');
	if (slash == NULL || (size_t)(slash - address) >= sizeof host)
		die(address, "is not HOST:PORT/SUBJECT");
	memcpy(host, address, (size_t)(slash - address));
	host[slash - address] = '\0';
	nats_connect(host);
	int length = snprintf(line, sizeof line, "SUB %.64s 1\r\n", slash + 1);
	nats_write(line, (size_t)length);
	nats_flush();
}

static int receive(message_handler *handle, int wait)
{
	return nats_read(handle, wait ? TICK_MS : 0) > 0;
}

const struct backend backend = {.open = open_subscription, .receive = receive};
