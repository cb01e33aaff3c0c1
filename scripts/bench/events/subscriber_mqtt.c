/* MQTT: subscribes to a topic with libmosquitto, at QoS 0. */
#include <mosquitto.h>
#include <stdlib.h>
#include <string.h>

#include "subscriber.h"

/* Nothing is sent while others are measured: as long as the protocol has it, in seconds. */
enum { KEEP_ALIVE = 65535 };

static struct mosquitto *client;
static message_handler *handler;
static int received;

static void check(int result, const char *what)
{
	if (result != MOSQ_ERR_SUCCESS)
		die(what, mosquitto_strerror(result));
}

static void take_message(struct mosquitto *from, void *data, const struct mosquitto_message *message)
{
	(void)from, (void)data;
	received = 1;
	handler(message->payload, (size_t)message->payloadlen);
}

/* HOST:PORT/TOPIC */
static void open_topic(const char *address)
{
	const char *colon = strchr(address, ':'), *slash = strchr(address, '/');
	if (colon == NULL || slash == NULL)
		die(address, "is not HOST:PORT/TOPIC");
	mosquitto_lib_init();
	client = mosquitto_new(NULL, true, NULL);
	if (client == NULL)
		die("memory", NULL);
	mosquitto_message_callback_set(client, take_message);
	check(mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1), "TCP_NODELAY");
	check(mosquitto_connect(client, "127.0.0.1", atoi(colon + 1), KEEP_ALIVE), address);
	check(mosquitto_subscribe(client, NULL, slash + 1, 0), slash + 1);
}

/* Beyond the first message no poll() is needed to look for more. */
static int receive(message_handler *handle, int wait)
{
	handler = handle;
	received = 0;
	check(mosquitto_loop(client, wait ? TICK_MS : 0, 1), "the connection");
	int any = received;
	while (received) {
		received = 0;
		check(mosquitto_loop_read(client, 1), "the connection");
	}
	return any;
}

const struct backend backend = {.open = open_topic, .receive = receive};
