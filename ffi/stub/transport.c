/* The transport's Janus side: a table of peers, each with the transport session that Janus knows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <transports/transport.h>

#include <apierror.h>

#include "log.h"
#include "supervisor.h"

/* As in log.c: this file is also opened where there is no Janus. */
#pragma weak janus_transport_session_create
#pragma weak janus_transport_session_destroy
#pragma weak janus_get_api_error

#define PACKAGE "janus.transport.zeromq"
/* A peer's id is a slot and, above it, how often the slot was used: a late reply finds nobody. */
#define SLOT_BITS 20u
#define SLOTS_MAX (1u << SLOT_BITS)
/* Of the ring, in 1/8, what asynchronous messages leave to replies, for which a client waits. */
#define KEEP_FOR_REPLIES 1

_Static_assert(sizeof(void *) == sizeof(uint64_t), "request ids travel as Janus's opaque pointers");

struct peer {
	uint32_t id;
	bool admin;
	_Atomic bool gone;
	_Atomic int sessions; /* Janus sessions that it made or claimed and that live */
	json_t *state; /* opaque: what a new isolate is told of it */
	janus_transport_session *session;
};

static int transport_init(janus_transport_callbacks *callback, const char *config_path);
static void transport_destroy(void);
static int transport_get_api_compatibility(void);
static int transport_get_version(void);
static const char *transport_get_version_string(void);
static const char *transport_get_description(void);
static const char *transport_get_name(void);
static const char *transport_get_author(void);
static const char *transport_get_package(void);
static gboolean transport_is_janus_api_enabled(void);
static gboolean transport_is_admin_api_enabled(void);
static int transport_send_message(janus_transport_session *transport, void *request_id, gboolean admin, json_t *message);
static void transport_session_created(janus_transport_session *transport, guint64 session_id);
static void transport_session_over(janus_transport_session *transport, guint64 session_id, gboolean timeout, gboolean claimed);
static void transport_session_claimed(janus_transport_session *transport, guint64 session_id);
static json_t *transport_query(json_t *request);

static janus_transport transport_plugin = JANUS_TRANSPORT_INIT(
	.init = transport_init,
	.destroy = transport_destroy,
	.get_api_compatibility = transport_get_api_compatibility,
	.get_version = transport_get_version,
	.get_version_string = transport_get_version_string,
	.get_description = transport_get_description,
	.get_name = transport_get_name,
	.get_author = transport_get_author,
	.get_package = transport_get_package,
	.is_janus_api_enabled = transport_is_janus_api_enabled,
	.is_admin_api_enabled = transport_is_admin_api_enabled,
	.send_message = transport_send_message,
	.session_created = transport_session_created,
	.session_over = transport_session_over,
	.session_claimed = transport_session_claimed,
	.query_transport = transport_query,
);

static janus_transport_callbacks *gateway;
static _Atomic bool janus_api, admin_api;
static _Atomic size_t json_flags;

/* The supervisor's thread only (and the one that destroys, once that has ended). */
static struct peer **peers;
static uint32_t slots;

__attribute__((visibility("default"))) janus_transport *create(void);

janus_transport *create(void) {
	return &transport_plugin;
}

/* ---- peers ---- */

static uint32_t slot_of(uint32_t id) {
	return id & (SLOTS_MAX - 1);
}

static struct peer *peer_find(uint32_t id) {
	uint32_t slot = slot_of(id);
	return slot < slots && peers[slot] != NULL && peers[slot]->id == id ? peers[slot] : NULL;
}

/* Any thread: Janus drops the last reference when it likes. */
static void peer_free(void *pointer) {
	struct peer *peer = pointer;
	json_decref(peer->state);
	free(peer);
}

static bool peer_open(uint32_t id, bool admin, const uint8_t *payload, size_t length) {
	uint32_t slot = slot_of(id);
	if(slot >= slots) {
		uint32_t wanted = slots == 0 ? 64 : slots;
		while(wanted <= slot)
			wanted *= 2;
		struct peer **more = realloc(peers, wanted * sizeof *peers);
		if(more == NULL)
			return false;
		memset(more + slots, 0, (wanted - slots) * sizeof *peers);
		peers = more;
		slots = wanted;
	}
	if(peers[slot] != NULL)
		return false;
	struct peer *peer = calloc(1, sizeof *peer);
	if(peer == NULL)
		return false;
	peer->id = id;
	peer->admin = admin;
	peer->state = json_loadb((const char *)payload, length, 0, NULL);
	peer->session = janus_transport_session_create(peer, peer_free);
	peers[slot] = peer;
	return true;
}

static void peer_close(struct peer *peer, bool tell) {
	peers[slot_of(peer->id)] = NULL;
	atomic_store(&peer->gone, true);
	/* Never under one of Janus's locks: this is our own thread. */
	if(tell)
		gateway->transport_gone(&transport_plugin, peer->session);
	janus_transport_session_destroy(peer->session);
}

/* ---- what the isolate sends ---- */

static json_t *error_reply(int code, const char *reason, json_t *transaction) {
	return json_pack("{sssO*s{siss}}", "janus", "error", "transaction", transaction, "error", "code", code, "reason", reason);
}

static int reply_post(const struct peer *peer, uint64_t request, json_t *message) {
	struct jz_record record = {
		.kind = JZ_DOWN_MESSAGE, .flags = peer->admin ? JZ_FLAG_ADMIN : 0, .peer = peer->id, .request = request,
	};
	json_t *session = json_object_get(message, "session_id");
	if(json_is_integer(session))
		record.session = (uint64_t)json_integer_value(session);
	return jz_supervisor_post_json(&record, message, atomic_load(&json_flags), request != 0 ? 0 : KEEP_FOR_REPLIES);
}

static void request_take(struct peer *peer, uint64_t request, const uint8_t *payload, size_t length) {
	json_error_t error;
	/* C programs often send their string's final NUL along. */
	if(length > 0 && payload[length - 1] == '\0')
		length--;
	json_t *message = json_loadb((const char *)payload, length, 0, &error);
	if(message == NULL && peer->admin) {
		/* The core would call it a missing element (456): as over HTTP, say what it is. */
		char reason[JSON_ERROR_TEXT_LENGTH + 64];
		snprintf(reason, sizeof reason, "%s - JSON error: on line %d: %s", janus_get_api_error(JANUS_ERROR_INVALID_JSON), error.line, error.text);
		json_t *reply = error_reply(JANUS_ERROR_INVALID_JSON, reason, NULL);
		reply_post(peer, request, reply);
		json_decref(reply);
		return;
	}
	gateway->incoming_request(&transport_plugin, peer->session, (void *)(uintptr_t)request, peer->admin, message, &error);
}

static void event_notify(const struct peer *peer, const uint8_t *payload, size_t length) {
	json_t *event = gateway->events_is_enabled() ? json_loadb((const char *)payload, length, 0, NULL) : NULL;
	if(event != NULL)
		gateway->notify_event(&transport_plugin, peer->session, event);
}

static bool transport_record(const struct jz_record *record, const uint8_t *payload) {
	if(record->kind == JZ_UP_PEER_OPENED)
		return peer_open(record->peer, (record->flags & JZ_FLAG_ADMIN) != 0, payload, record->length);
	struct peer *peer = peer_find(record->peer);
	if(peer == NULL)
		return false;
	switch(record->kind) {
		case JZ_UP_PEER_GONE:
			peer_close(peer, true);
			return true;
		case JZ_UP_REQUEST:
			if(record->request == 0)
				return false;
			request_take(peer, record->request, payload, record->length);
			return true;
		case JZ_UP_NOTIFY:
			event_notify(peer, payload, record->length);
			return true;
		default:
			return false;
	}
}

static void transport_ready(json_t *ready) {
	atomic_store(&json_flags, jz_json_flags(json_string_value(json_object_get(ready, "json"))));
	atomic_store(&janus_api, json_is_true(json_object_get(ready, "janus_api")));
	atomic_store(&admin_api, json_is_true(json_object_get(ready, "admin_api")));
}

static json_t *transport_state(void) {
	json_t *list = json_array();
	for(uint32_t slot = 0; slot < slots; slot++)
		if(peers[slot] != NULL)
			json_array_append_new(list, json_pack("{sIsbsisO*}", "id", (json_int_t)peers[slot]->id,
				"admin", peers[slot]->admin, "sessions", atomic_load(&peers[slot]->sessions), "state", peers[slot]->state));
	return json_pack("{so}", "peers", list);
}

/* ---- what Janus calls ---- */

/* Main thread; waits for the isolate, startup_timeout at most. */
static int transport_init(janus_transport_callbacks *callback, const char *config_path) {
	static const struct jz_plugin plugin = {
		.package = PACKAGE, .version = JZ_VERSION,
		.ready = transport_ready, .record = transport_record, .state = transport_state,
	};
	if(callback == NULL || config_path == NULL)
		return -1;
	gateway = callback;
	return jz_supervisor_start(&plugin, config_path);
}

/* Main thread, before Janus stops its own threads: everything below stays callable. */
static void transport_destroy(void) {
	jz_supervisor_stop();
	for(uint32_t slot = 0; slot < slots; slot++)
		if(peers[slot] != NULL)
			peer_close(peers[slot], false);
	free(peers);
	peers = NULL;
	slots = 0;
}

static int transport_get_api_compatibility(void) {
	return JANUS_TRANSPORT_API_VERSION;
}

static int transport_get_version(void) {
	return JZ_VERSION_NUMBER;
}

static const char *transport_get_version_string(void) {
	return JZ_VERSION;
}

static const char *transport_get_description(void) {
	return "Janus API and Admin API over ZeroMQ, scripted in TypeScript.";
}

static const char *transport_get_name(void) {
	return "JANUS ZeroMQ transport plugin";
}

static const char *transport_get_author(void) {
	return "janus-zeromq";
}

static const char *transport_get_package(void) {
	return PACKAGE;
}

static gboolean transport_is_janus_api_enabled(void) {
	return atomic_load(&janus_api);
}

static gboolean transport_is_admin_api_enabled(void) {
	return atomic_load(&admin_api);
}

/* Any thread, also under Janus's sessions_mutex, also after destroy. Takes `message`. */
static int transport_send_message(janus_transport_session *transport, void *request_id, gboolean admin, json_t *message) {
	(void)admin; /* a peer has one API */
	if(message == NULL)
		return -1;
	int result = -ENOTCONN;
	struct peer *peer = transport != NULL ? transport->transport_p : NULL;
	uint64_t request = (uint64_t)(uintptr_t)request_id;
	if(peer != NULL && !atomic_load(&peer->gone))
		result = reply_post(peer, request, message);
	if(result == -EMSGSIZE && request != 0) {
		json_t *reply = error_reply(JANUS_ERROR_UNKNOWN, "The reply is too long for the transport (see runtime.ring_size)",
			json_object_get(message, "transaction"));
		result = reply_post(peer, request, reply);
		json_decref(reply);
	}
	json_decref(message);
	return result < 0 ? -1 : 0;
}

static void session_post(janus_transport_session *transport, guint64 session_id, uint16_t what) {
	struct peer *peer = transport != NULL ? transport->transport_p : NULL;
	if(peer == NULL || atomic_load(&peer->gone))
		return;
	int change = (what & JZ_SESSION_OVER) ? -1 : 1;
	atomic_fetch_add(&peer->sessions, change);
	struct jz_record record = { .kind = JZ_DOWN_SESSION, .flags = (uint16_t)(what | (peer->admin ? JZ_FLAG_ADMIN : 0)), .peer = peer->id, .session = session_id };
	jz_supervisor_post(&record, 0);
}

/* Requests thread. */
static void transport_session_created(janus_transport_session *transport, guint64 session_id) {
	session_post(transport, session_id, JZ_SESSION_CREATED);
}

/* Requests thread, or the watchdog under sessions_mutex. */
static void transport_session_over(janus_transport_session *transport, guint64 session_id, gboolean timeout, gboolean claimed) {
	session_post(transport, session_id, (uint16_t)(JZ_SESSION_OVER | (timeout ? JZ_SESSION_TIMEOUT : 0) | (claimed ? JZ_SESSION_CLAIMED : 0)));
}

/* Requests thread, under the session's mutex. */
static void transport_session_claimed(janus_transport_session *transport, guint64 session_id) {
	session_post(transport, session_id, JZ_SESSION_CLAIMED);
}

/* Requests thread, which runs every other request too: answered from what is at hand. */
static json_t *transport_query(json_t *request) {
	return jz_supervisor_query(request);
}
