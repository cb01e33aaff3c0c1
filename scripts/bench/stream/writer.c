/* A subscriber that writes events into a JetStream stream itself, as somebody would who has no other way:
 *
 *     writer SOURCE HOST:PORT INSTANCE
 *
 * takes events from SOURCE, publishes each with an id by which NATS knows it again, and has so many
 * under way as our plugin has. It goes on until its stdin ends. It does less than our plugin: ids count
 * from its own start, and what is under way when NATS or this program ends is lost or comes twice.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nats.h"
#include "../events/subscriber.h"

enum { WINDOW = 256, BATCH = 64 };

static const char *instance;
static int64_t published, acknowledged;

static void take_acknowledgement(const char *payload, size_t length)
{
	char text[256];
	snprintf(text, sizeof text, "%.*s", (int)length, payload);
	if (strstr(text, "\"seq\"") == NULL || strstr(text, "\"error\"") != NULL)
		die("NATS does not store an event", text);
	acknowledged++;
}

static void wait_for_window(void)
{
	while (published - acknowledged >= WINDOW) {
		nats_flush();
		nats_read(take_acknowledgement, TICK_MS);
	}
}

/* The event's type, as our subjects have it, though by its number. */
static int type_of(const char *event, size_t length)
{
	static const char key[] = "\"type\":";
	const char *at = memmem(event, length, key, sizeof key - 1);
	return at == NULL ? 0 : atoi(at + sizeof key - 1);
}

static void publish(const char *event, size_t length)
{
	char headers[128], line[256];
	wait_for_window();
	int header = snprintf(headers, sizeof headers, "NATS/1.0\r\nNats-Msg-Id: %s-%lld\r\n\r\n",
		instance, (long long)++published);
	int command = snprintf(line, sizeof line, "HPUB janus.events.%s.%d _INBOX.bench %d %zu\r\n",
		instance, type_of(event, length), header, (size_t)header + length);
	nats_write(line, (size_t)command);
	nats_write(headers, (size_t)header);
	nats_write(event, length);
	nats_write("\r\n", 2);
	if (published % BATCH == 0) {
		nats_flush();
		nats_read(take_acknowledgement, 0);
	}
}

static int has_ended(void)
{
	char byte;
	struct pollfd item = {.fd = 0, .events = POLLIN};
	return poll(&item, 1, 0) > 0 && read(0, &byte, 1) <= 0;
}

int main(int argc, char **argv)
{
	static const char subscribe[] = "SUB _INBOX.bench 1\r\n";
	if (argc != 4)
		die("usage", "writer SOURCE HOST:PORT INSTANCE");
	instance = argv[3];
	nats_connect(argv[2]);
	nats_write(subscribe, sizeof subscribe - 1);
	nats_flush();
	backend.open(argv[1]);
	puts("ready");
	fflush(stdout);
	for (int wait = 1; !wait || !has_ended();) {
		int received = backend.receive(publish, wait);
		/* What is there goes out together, and at once where nothing more is. */
		if (!received) {
			nats_flush();
			nats_read(take_acknowledgement, 0);
		}
		wait = !received;
	}
	return 0;
}
