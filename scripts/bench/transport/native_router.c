/* The yardstick: a ROUTER transport in nothing but C, with no more than a ping needs. Peers are
 * never forgotten, and there is no Admin API. Listens at $NATIVE_ROUTER_ADDRESS. */
#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include <debug.h>
#include <transports/transport.h>

#include "../frame/plugin_identity.h"

/* Requests taken from the socket before replies have their turn. */
enum { BUDGET = 64 };

/* What a transport session stands for. */
struct peer {
	size_t size;
	uint8_t routing_id[256];
};

/* A message on its way to the socket's thread; holds a reference to the session. */
struct reply {
	janus_transport_session *session;
	char *text;
};

static int router_init(janus_transport_callbacks *callbacks, const char *config_path);
static void router_destroy(void);
static int router_send(janus_transport_session *session, void *request, gboolean admin,
	json_t *message);

PLUGIN_IDENTITY(JANUS_TRANSPORT_API_VERSION, "ROUTER transport in C, to compare with.",
	"janus.transport.nativerouter")

static gboolean has_janus_api(void) { return TRUE; }
static gboolean has_admin_api(void) { return FALSE; }
static void session_created(janus_transport_session *session, guint64 id) { (void)session, (void)id; }
static void session_over(janus_transport_session *session, guint64 id, gboolean timeout,
	gboolean claimed) { (void)session, (void)id, (void)timeout, (void)claimed; }

static janus_transport plugin = {
	.init = router_init,
	.destroy = router_destroy,
	PLUGIN_IDENTITY_MEMBERS,
	.is_janus_api_enabled = has_janus_api,
	.is_admin_api_enabled = has_admin_api,
	.send_message = router_send,
	.session_created = session_created,
	.session_over = session_over,
	.session_claimed = session_created,
};

static janus_transport_callbacks *core;
static void *context, *router;
static GHashTable *sessions; /* by routing id (GBytes) */
static GThread *thread;
static int wake = -1;
static GMutex replies_mutex;
static GQueue replies = G_QUEUE_INIT; /* under the mutex */
static gboolean stopping;             /* under the mutex */

janus_transport *create(void);

janus_transport *create(void) { return &plugin; }

static void free_text(void *text, void *hint)
{
	(void)hint;
	free(text);
}

static void send_reply(struct reply *reply)
{
	struct peer *peer = reply->session->transport_p;
	zmq_msg_t body;
	zmq_msg_init_data(&body, reply->text, strlen(reply->text), free_text, NULL);
	if (zmq_send(router, peer->routing_id, peer->size, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0 ||
			zmq_msg_send(&body, router, 0) < 0)
		zmq_msg_close(&body);
	janus_refcount_decrease(&reply->session->ref);
	g_free(reply);
}

/* Sends what waits; FALSE once the plugin is to end. */
static gboolean send_replies(void)
{
	g_mutex_lock(&replies_mutex);
	GQueue taken = replies;
	g_queue_init(&replies);
	gboolean go_on = !stopping;
	g_mutex_unlock(&replies_mutex);
	struct reply *reply;
	while ((reply = g_queue_pop_head(&taken)) != NULL)
		send_reply(reply);
	return go_on;
}

static janus_transport_session *session_of(zmq_msg_t *routing_id)
{
	size_t size = zmq_msg_size(routing_id);
	GBytes *key = g_bytes_new(zmq_msg_data(routing_id), size);
	janus_transport_session *session = g_hash_table_lookup(sessions, key);
	if (session != NULL) {
		g_bytes_unref(key);
		return session;
	}
	struct peer *peer = g_new0(struct peer, 1);
	peer->size = size;
	memcpy(peer->routing_id, zmq_msg_data(routing_id), size);
	session = janus_transport_session_create(peer, g_free);
	g_hash_table_insert(sessions, key, session);
	return session;
}

/* Takes one request; FALSE if there is none. */
static gboolean take_request(void)
{
	zmq_msg_t routing_id, body;
	zmq_msg_init(&routing_id);
	zmq_msg_init(&body);
	gboolean taken = zmq_msg_recv(&routing_id, router, ZMQ_DONTWAIT) >= 0;
	if (taken && zmq_msg_more(&routing_id) && zmq_msg_recv(&body, router, 0) >= 0) {
		json_error_t error;
		json_t *message = json_loadb(zmq_msg_data(&body), zmq_msg_size(&body), 0, &error);
		core->incoming_request(&plugin, session_of(&routing_id), NULL, FALSE, message, &error);
	}
	zmq_msg_close(&routing_id);
	zmq_msg_close(&body);
	return taken;
}

static void *run(void *data)
{
	zmq_pollitem_t items[2] = {
		{.socket = router, .events = ZMQ_POLLIN},
		{.fd = wake, .events = ZMQ_POLLIN},
	};
	uint64_t count;
	for (;;) {
		if (zmq_poll(items, 2, -1) < 0 && zmq_errno() != EINTR)
			break;
		if (items[1].revents != 0 && read(wake, &count, sizeof count) < 0)
			continue;
		if (!send_replies())
			break;
		for (int i = 0; i < BUDGET && take_request(); i++)
			;
	}
	return data;
}

static void wake_thread(void)
{
	if (write(wake, &(uint64_t){1}, sizeof(uint64_t)) < 0)
		JANUS_LOG(LOG_ERR, "Cannot wake the socket's thread: %s\n", g_strerror(errno));
}

static int router_send(janus_transport_session *session, void *request, gboolean admin,
	json_t *message)
{
	(void)request, (void)admin;
	struct reply *reply = g_new(struct reply, 1);
	reply->text = json_dumps(message, JSON_COMPACT);
	reply->session = session;
	json_decref(message);
	janus_refcount_increase(&session->ref);
	g_mutex_lock(&replies_mutex);
	gboolean first = replies.length == 0;
	g_queue_push_tail(&replies, reply);
	g_mutex_unlock(&replies_mutex);
	if (first)
		wake_thread();
	return 0;
}

static void end_session(void *session)
{
	janus_transport_session_destroy(session);
}

static int router_init(janus_transport_callbacks *callbacks, const char *config_path)
{
	(void)config_path;
	const char *address = getenv("NATIVE_ROUTER_ADDRESS");
	core = callbacks;
	wake = eventfd(0, EFD_CLOEXEC);
	context = zmq_ctx_new();
	router = zmq_socket(context, ZMQ_ROUTER);
	if (wake < 0 || router == NULL || address == NULL || zmq_bind(router, address) < 0) {
		JANUS_LOG(LOG_ERR, "Cannot listen at %s\n", address != NULL ? address : "(no address)");
		return -1;
	}
	sessions = g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref,
		end_session);
	thread = g_thread_new("native router", run, NULL);
	return 0;
}

static void router_destroy(void)
{
	g_mutex_lock(&replies_mutex);
	stopping = TRUE;
	g_mutex_unlock(&replies_mutex);
	wake_thread();
	g_thread_join(thread);
	zmq_setsockopt(router, ZMQ_LINGER, &(int){0}, sizeof(int));
	zmq_close(router);
	zmq_ctx_term(context);
}
