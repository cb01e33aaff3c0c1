/* The yardsticks: a PUB socket in nothing but C. As Janus's own handlers are made, events wait in a
 * queue without bounds for a thread that writes and sends them. Where $NATIVE_HANDLER_DIRECT is set,
 * Janus's event thread does that itself. Either waits for slow subscribers, so that nothing is lost.
 * Listens at $NATIVE_HANDLER_ADDRESS. */
#include <zmq.h>

#include <debug.h>
#include <events/eventhandler.h>

#include "../frame/plugin_identity.h"

PLUGIN_IDENTITY(JANUS_EVENTHANDLER_API_VERSION, "PUB handler in C, to compare with.",
	"janus.eventhandler.nativeevh")

static void *context, *publisher;
static GAsyncQueue *queue;
static GThread *thread; /* none where Janus's writes */
static int stop_mark; /* its address in the queue ends the thread */

static void free_text(void *text, void *hint)
{
	(void)hint;
	free(text);
}

static void publish(const json_t *event)
{
	char *text = json_dumps(event, JSON_COMPACT);
	zmq_msg_t message;
	zmq_msg_init_data(&message, text, strlen(text), free_text, NULL);
	if (zmq_msg_send(&message, publisher, 0) < 0)
		zmq_msg_close(&message);
}

static void *run(void *data)
{
	void *taken;
	while ((taken = g_async_queue_pop(queue)) != &stop_mark) {
		publish(taken);
		json_decref(taken);
	}
	return data;
}

static int native_init(const char *config_path)
{
	(void)config_path;
	const char *address = getenv("NATIVE_HANDLER_ADDRESS");
	context = zmq_ctx_new();
	publisher = zmq_socket(context, ZMQ_PUB);
	if (publisher == NULL || address == NULL ||
			zmq_setsockopt(publisher, ZMQ_XPUB_NODROP, &(int){1}, sizeof(int)) < 0 ||
			zmq_bind(publisher, address) < 0) {
		JANUS_LOG(LOG_ERR, "Cannot listen at %s\n", address != NULL ? address : "(no address)");
		return -1;
	}
	if (getenv("NATIVE_HANDLER_DIRECT") != NULL)
		return 0;
	queue = g_async_queue_new();
	thread = g_thread_new("native handler", run, NULL);
	return 0;
}

static void native_destroy(void)
{
	if (thread != NULL) {
		g_async_queue_push(queue, &stop_mark);
		g_thread_join(thread);
	}
	zmq_setsockopt(publisher, ZMQ_LINGER, &(int){0}, sizeof(int));
	zmq_close(publisher);
	zmq_ctx_term(context);
}

static void native_event(json_t *event)
{
	if (thread != NULL)
		g_async_queue_push(queue, json_incref(event));
	else
		publish(event);
}

static json_t *native_request(json_t *request)
{
	(void)request;
	return json_object();
}

static janus_eventhandler plugin = {
	.init = native_init,
	.destroy = native_destroy,
	PLUGIN_IDENTITY_MEMBERS,
	.incoming_event = native_event,
	.handle_request = native_request,
	.events_mask = JANUS_EVENT_TYPE_PLUGIN,
};

janus_eventhandler *create(void);

janus_eventhandler *create(void) { return &plugin; }
