/* MQTT: requests to one topic and replies from another, by libmosquitto.
 * Options: the topic of requests, that of replies, the quality of service. */
#include <mosquitto.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

enum { KEEP_ALIVE_SECONDS = 60, LONGEST = 1024 };

static struct mosquitto *client;
static const char *requests;
static int quality;
static int subscribed;

/* What has come: the library sends nothing at once while it hands messages over. */
static struct message {
	size_t length;
	char text[LONGEST];
} messages[MAX_WINDOW];
static unsigned message_count;

static void check(int error, const char *what)
{
	if (error != MOSQ_ERR_SUCCESS)
		die(what, mosquitto_strerror(error));
}

static void take_message(struct mosquitto *one, void *data, const struct mosquitto_message *message)
{
	(void)one, (void)data;
	if (message_count == MAX_WINDOW || message->payloadlen > LONGEST)
		die("replies", "are too many, or too long");
	struct message *kept = &messages[message_count++];
	kept->length = (size_t)message->payloadlen;
	memcpy(kept->text, message->payload, kept->length);
}

static void take_subscription(struct mosquitto *one, void *data, int id, int count,
	const int *granted)
{
	(void)one, (void)data, (void)id;
	if (count != 1 || granted[0] != quality)
		die("the subscription", "is refused");
	subscribed = 1;
}

static void open_topics(const char *address, int count, char **options)
{
	const char *colon = strchr(address, ':');
	if (colon == NULL || count != 3)
		die(address, "expected HOST:PORT, the topics of requests and of replies, the quality");
	requests = options[0];
	quality = atoi(options[2]);
	mosquitto_lib_init();
	client = mosquitto_new(NULL, true, NULL);
	if (client == NULL)
		die("mosquitto_new", NULL);
	mosquitto_message_callback_set(client, take_message);
	mosquitto_subscribe_callback_set(client, take_subscription);
	check(mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1), "MOSQ_OPT_TCP_NODELAY");
	check(mosquitto_max_inflight_messages_set(client, 0), "mosquitto_max_inflight_messages_set");
	check(mosquitto_connect(client, "127.0.0.1", atoi(colon + 1), KEEP_ALIVE_SECONDS), address);
	check(mosquitto_subscribe(client, NULL, options[1], quality), "mosquitto_subscribe");
	while (!subscribed)
		check(mosquitto_loop(client, -1, 1), "mosquitto_loop");
}

static void send_message(unsigned slot, const char *request, size_t length)
{
	(void)slot;
	check(mosquitto_publish(client, NULL, requests, (int)length, request, quality, false),
		"mosquitto_publish");
}

static void flush(void)
{
}

static void receive(reply_handler *handle)
{
	message_count = 0;
	while (message_count == 0)
		check(mosquitto_loop(client, -1, 1), "mosquitto_loop");
	for (unsigned i = 0; i < message_count; i++)
		handle(messages[i].text, messages[i].length);
}

const struct backend backend = {
	.open = open_topics,
	.send = send_message,
	.flush = flush,
	.receive = receive,
};
