/* The transport's Janus side: a table of peers, each with the transport session that Janus knows. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

/* Answering 10,000 peers at once would hold up Janus's requests thread. */
#define CONNECTIONS_MAX 1000

struct peer {
	uint32_t id;
	bool admin;
	_Atomic bool gone;
	janus_transport_session *session;
	time_t since; /* wall clock */
	_Atomic time_t last_seen;
	_Atomic int in_flight; /* requests that Janus has not answered */
	/* Under table_mutex. */
	json_t *state; /* what a new isolate is told of it; `connections` shows it */
	guint64 *sessions; /* Janus sessions that it made or claimed and that live */
	size_t sessions_count, sessions_room;
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

/* Changed by the supervisor's thread only (and the one that destroys, once that has ended), under
 * table_mutex; so that thread may read without. Nothing of Janus's is called under it. */
static pthread_mutex_t table_mutex = PTHREAD_MUTEX_INITIALIZER;
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
	free(peer->sessions);
	free(peer);
}

/* Janus's threads: a session of the peer's began (or was claimed by it), or is its no more. */
static void peer_session_note(struct peer *peer, guint64 session_id, bool over) {
	pthread_mutex_lock(&table_mutex);
	size_t i = 0;
	while(i < peer->sessions_count && peer->sessions[i] != session_id)
		i++;
	if(over && i < peer->sessions_count) {
		peer->sessions[i] = peer->sessions[--peer->sessions_count];
	} else if(!over && i == peer->sessions_count) {
		if(peer->sessions_count == peer->sessions_room) {
			size_t room = peer->sessions_room == 0 ? 4 : peer->sessions_room * 2;
			guint64 *more = realloc(peer->sessions, room * sizeof *more);
			if(more != NULL) {
				peer->sessions = more;
				peer->sessions_room = room;
			}
		}
		if(peer->sessions_count < peer->sessions_room)
			peer->sessions[peer->sessions_count++] = session_id;
	}
	pthread_mutex_unlock(&table_mutex);
}

/* Under table_mutex. */
static bool slots_grow(uint32_t slot) {
	uint32_t wanted = slots == 0 ? 64 : slots;
	while(wanted <= slot)
		wanted *= 2;
	if(wanted == slots)
		return true;
	struct peer **more = realloc(peers, wanted * sizeof *peers);
	if(more == NULL)
		return false;
	memset(more + slots, 0, (wanted - slots) * sizeof *peers);
	peers = more;
	slots = wanted;
	return true;
}

static bool peer_open(uint32_t id, bool admin, const uint8_t *payload, size_t length) {
	uint32_t slot = slot_of(id);
	struct peer *peer = calloc(1, sizeof *peer);
	if(peer == NULL)
		return false;
	peer->id = id;
	peer->admin = admin;
	peer->since = time(NULL);
	atomic_store(&peer->last_seen, peer->since);
	peer->state = json_loadb((const char *)payload, length, 0, NULL);
	peer->session = janus_transport_session_create(peer, peer_free);
	pthread_mutex_lock(&table_mutex);
	bool opened = slots_grow(slot) && peers[slot] == NULL;
	if(opened)
		peers[slot] = peer;
	pthread_mutex_unlock(&table_mutex);
	if(!opened)
		janus_transport_session_destroy(peer->session);
	return opened;
}

static void peer_change(struct peer *peer, const uint8_t *payload, size_t length) {
	json_t *state = json_loadb((const char *)payload, length, 0, NULL);
	pthread_mutex_lock(&table_mutex);
	json_decref(peer->state);
	peer->state = state;
	pthread_mutex_unlock(&table_mutex);
}

static void peer_close(struct peer *peer, bool tell) {
	pthread_mutex_lock(&table_mutex);
	peers[slot_of(peer->id)] = NULL;
	pthread_mutex_unlock(&table_mutex);
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
	atomic_fetch_add(&peer->in_flight, 1);
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
			atomic_store(&peer->last_seen, time(NULL));
			request_take(peer, record->request, payload, record->length);
			return true;
		case JZ_UP_PEER_CHANGED:
			peer_change(peer, payload, record->length);
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
	pthread_mutex_lock(&table_mutex);
	for(uint32_t slot = 0; slot < slots; slot++) {
		struct peer *peer = peers[slot];
		if(peer == NULL)
			continue;
		json_t *sessions = json_array();
		for(size_t i = 0; i < peer->sessions_count; i++)
			json_array_append_new(sessions, json_sprintf("%" PRIu64, peer->sessions[i])); /* beyond 2^53: text */
		json_array_append_new(list, json_pack("{sIsbsosO*}", "id", (json_int_t)peer->id, "admin", peer->admin,
			"sessions", sessions, "state", peer->state));
	}
	pthread_mutex_unlock(&table_mutex);
	return json_pack("{so}", "peers", list);
}

/* ---- queries ---- */

static json_t *connection_show(struct peer *peer) {
	json_t *shown = json_pack("{sIsssIsIsIsi}", "id", (json_int_t)peer->id, "api", peer->admin ? "admin" : "janus",
		"since", (json_int_t)peer->since, "last_seen", (json_int_t)atomic_load(&peer->last_seen),
		"sessions", (json_int_t)peer->sessions_count, "in_flight", atomic_load(&peer->in_flight));
	json_t *state = json_object_get(peer->state, "shown");
	if(json_is_object(state))
		json_object_update(shown, state);
	return shown;
}

static json_t *query_connections(json_t *request) {
	json_t *list = json_array();
	json_int_t offset = json_integer_value(json_object_get(request, "offset")), total = 0;
	pthread_mutex_lock(&table_mutex);
	for(uint32_t slot = 0; slot < slots; slot++) {
		if(peers[slot] == NULL)
			continue;
		if(total++ >= offset && json_array_size(list) < CONNECTIONS_MAX)
			json_array_append_new(list, connection_show(peers[slot]));
	}
	pthread_mutex_unlock(&table_mutex);
	return json_pack("{sisIso}", "result", 200, "total", total, "connections", list);
}

/* Under table_mutex. */
static bool kick_matches(struct peer *peer, json_t *request) {
	json_t *id = json_object_get(request, "id"), *shown = json_object_get(peer->state, "shown");
	static const char *const names[] = { "name", "identity", "address" };
	bool asked = id != NULL;
	if(id != NULL && json_integer_value(id) != (json_int_t)peer->id)
		return false;
	for(size_t i = 0; i < sizeof names / sizeof *names; i++) {
		json_t *wanted = json_object_get(request, names[i]);
		if(wanted == NULL)
			continue;
		if(!json_equal(wanted, json_object_get(shown, names[i])))
			return false;
		asked = true;
	}
	return asked;
}

static json_t *query_kick(json_t *request) {
	json_t *ids = json_array();
	pthread_mutex_lock(&table_mutex);
	for(uint32_t slot = 0; slot < slots; slot++)
		if(peers[slot] != NULL && kick_matches(peers[slot], request))
			json_array_append_new(ids, json_integer(peers[slot]->id));
	pthread_mutex_unlock(&table_mutex);
	size_t count = json_array_size(ids);
	json_t *control = json_pack("{so}", "kick", ids), *answer;
	if(count == 0)
		answer = jz_query_error(JZ_QUERY_INVALID, "No such client: give the \"id\", \"name\", \"identity\" or \"address\" that connections shows");
	else if(jz_supervisor_control(control) < 0)
		answer = jz_query_error(JZ_QUERY_UNAVAILABLE, "The ring to the isolate is full: try again");
	else
		answer = json_pack("{sisI}", "result", 200, "kicked", (json_int_t)count);
	json_decref(control);
	return answer;
}

/* Requests thread. */
static json_t *transport_verb(const char *verb, json_t *request) {
	if(!strcmp(verb, "connections"))
		return query_connections(request);
	if(!strcmp(verb, "kick"))
		return query_kick(request);
	return NULL;
}

/* ---- what Janus calls ---- */

/* Main thread; waits for the isolate, startup_timeout at most. */
static int transport_init(janus_transport_callbacks *callback, const char *config_path) {
	static const struct jz_plugin plugin = {
		.package = PACKAGE, .version = JZ_VERSION,
		.ready = transport_ready, .record = transport_record, .state = transport_state,
		.configure = "configure", .verbs = "info, connections, configure, kick", .query = transport_verb,
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
	if(peer != NULL && request != 0)
		atomic_fetch_sub(&peer->in_flight, 1);
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
	peer_session_note(peer, session_id, (what & JZ_SESSION_OVER) != 0);
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
