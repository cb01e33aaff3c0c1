/* The transport's Janus side. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <transports/transport.h>

#include <apierror.h>

#include "channel.h"
#include "peers.h"
#include "query.h"
#include "supervisor.h"
#include "transport.gen.h"

/* As in log.c: this file is also opened where there is no Janus. */
#pragma weak janus_get_api_error

#define PACKAGE "janus.transport.zeromq"
/* Of the ring, in 1/8, what asynchronous messages leave to replies, for which a client waits. */
#define KEEP_FOR_REPLIES 1
/* Bytes of a transaction that an error in place of a reply repeats. */
#define TRANSACTION_MAX 4096

_Static_assert(sizeof(void *) == sizeof(uint64_t), "request ids travel as Janus's opaque pointers");

static janus_transport transport_plugin;
static janus_transport_callbacks *gateway;
static _Atomic bool janus_api, admin_api;
static _Atomic size_t json_flags;

/* ---- what the child sends ---- */

/* Never under one of Janus's locks: this is the supervisor's thread. */
static void session_gone(janus_transport_session *session) {
	gateway->transport_gone(&transport_plugin, session);
}

static json_t *error_reply(int code, const char *reason, json_t *transaction) {
	return json_pack("{sssO*s{siss}}", "janus", "error", "transaction", transaction, "error", "code", code, "reason", reason);
}

static int reply_post(const struct jz_peer *peer, uint64_t request, json_t *message) {
	struct jz_record record = {
		.kind = JZ_DOWN_MESSAGE, .flags = peer->admin ? JZ_FLAG_ADMIN : 0, .peer = peer->id, .request = request,
	};
	json_t *session = json_object_get(message, "session_id");
	if(json_is_integer(session))
		record.session = (uint64_t)json_integer_value(session);
	return jz_channel_post_json(&record, message, atomic_load(&json_flags), request != 0 ? 0 : KEEP_FOR_REPLIES);
}

/* A client waits for a reply, and its request counts as under way until there is one. If there is no way
 * for the true one, it is told so, as soon as that can be. */
static int reply_deliver(const struct jz_peer *peer, uint64_t request, json_t *message) {
	int result = reply_post(peer, request, message);
	if(result >= 0 || result == -ESHUTDOWN || request == 0)
		return result;
	const char *reason = result == -EAGAIN ? "The reply was dropped: the ring to the transport is full (see runtime.ring_size)"
		: result == -EMSGSIZE ? "The reply is too long for the transport (see runtime.ring_size)" : "The reply is no valid JSON";
	json_t *transaction = json_object_get(message, "transaction");
	/* A client's transaction may be as long as a request. */
	if(json_string_length(transaction) > TRANSACTION_MAX)
		transaction = NULL;
	json_t *reply = error_reply(JANUS_ERROR_UNKNOWN, reason, transaction);
	char *text = json_dumps(reply, jz_json_flags(NULL));
	struct jz_record record = {
		.kind = JZ_DOWN_MESSAGE, .flags = peer->admin ? JZ_FLAG_ADMIN : 0, .peer = peer->id, .request = request,
	};
	result = text != NULL ? jz_channel_post_owed(&record, text) : -ENOMEM;
	free(text);
	json_decref(reply);
	return result;
}

static void request_take(struct jz_peer *peer, uint64_t request, const uint8_t *payload, size_t length) {
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
		reply_deliver(peer, request, reply);
		json_decref(reply);
		return;
	}
	atomic_fetch_add(&peer->in_flight, 1);
	gateway->incoming_request(&transport_plugin, peer->session, (void *)(uintptr_t)request, peer->admin, message, &error);
}

static void event_notify(const struct jz_peer *peer, const uint8_t *payload, size_t length) {
	json_t *event = gateway->events_is_enabled() ? json_loadb((const char *)payload, length, 0, NULL) : NULL;
	if(event != NULL)
		gateway->notify_event(&transport_plugin, peer->session, event);
}

/* The supervisor's thread, now and then. */
static void transport_tick(void) {
	jz_peers_settle(session_gone);
}

/* The supervisor's thread. */
static void transport_forget(void) {
	jz_peers_close(session_gone);
}

static bool transport_record(const struct jz_record *record, const uint8_t *payload) {
	if(record->kind == JZ_UP_PEER_OPENED)
		return jz_peer_open(record->peer, (record->flags & JZ_FLAG_ADMIN) != 0, payload, record->length);
	struct jz_peer *peer = jz_peer_find(record->peer);
	if(peer == NULL)
		return false;
	switch(record->kind) {
		case JZ_UP_PEER_GONE:
			jz_peer_close(peer, session_gone);
			return true;
		case JZ_UP_REQUEST:
			if(record->request == 0)
				return false;
			atomic_store(&peer->last_seen, time(NULL));
			request_take(peer, record->request, payload, record->length);
			return true;
		case JZ_UP_PEER_CHANGED:
			jz_peer_change(peer, payload, record->length);
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

/* Requests thread. */
static json_t *transport_verb(const char *verb, json_t *request) {
	if(!strcmp(verb, "connections"))
		return jz_peers_list(request);
	if(!strcmp(verb, "kick"))
		return jz_peers_kick(request);
	return NULL;
}

/* ---- what Janus calls ---- */

static const struct jz_plugin plugin = {
	.package = PACKAGE, .version = JZ_VERSION,
	.ready = transport_ready, .record = transport_record, .state = jz_peers_state, .forget = transport_forget, .tick = transport_tick,
	.configure = "configure", .verbs = "info, connections, configure, kick", .query = transport_verb,
};

/* Main thread; waits for the child, startup_timeout at most. */
static int transport_init(janus_transport_callbacks *callback, const char *config_path) {
	if(callback == NULL || config_path == NULL)
		return -1;
	gateway = callback;
	return jz_supervisor_start(&plugin, config_path);
}

/* Main thread, before Janus stops its own threads: everything below stays callable. */
static void transport_destroy(void) {
	jz_supervisor_stop();
	jz_peers_close(NULL);
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
	struct jz_peer *peer = transport != NULL ? transport->transport_p : NULL;
	uint64_t request = (uint64_t)(uintptr_t)request_id;
	if(peer != NULL && request != 0)
		atomic_fetch_sub(&peer->in_flight, 1);
	if(peer != NULL && !atomic_load(&peer->gone))
		result = reply_deliver(peer, request, message);
	json_decref(message);
	return result < 0 ? -1 : 0;
}

static void session_post(janus_transport_session *transport, guint64 session_id, uint16_t what) {
	struct jz_peer *peer = transport != NULL ? transport->transport_p : NULL;
	if(peer == NULL || atomic_load(&peer->gone))
		return;
	jz_peer_session_note(peer, session_id, (what & JZ_SESSION_OVER) != 0);
	struct jz_record record = { .kind = JZ_DOWN_SESSION, .flags = (uint16_t)(what | (peer->admin ? JZ_FLAG_ADMIN : 0)), .peer = peer->id, .session = session_id };
	jz_channel_post_owed(&record, NULL); /* whose a session is must be known there */
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
	return jz_query_answer(&plugin, request);
}

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

__attribute__((visibility("default"))) janus_transport *create(void);

janus_transport *create(void) {
	return &transport_plugin;
}
