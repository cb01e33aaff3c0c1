/* The transport's Janus side between a link and a Janus that does as it is told: replies that find the
 * ring full, and clients that leave while Janus is at work for them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <apierror.h>
#include <transports/transport.h>

#include "channel.h"
#include "bridge.h"
#include "peers.h"
#include "query.h"
#include "supervisor.h"
#include "tap.h"
#include "transport.gen.h"

#define RING (1u << 16)

janus_transport *create(void);

/* ---- what Janus and the supervisor are here ---- */

int janus_log_level, lock_debug, refcount_debug;
gboolean janus_log_timestamps, janus_log_colors;
char *janus_log_global_prefix;

static const struct jz_plugin *plugin;
static struct jz_link child;
static int destroyed, told_gone, requests;
static janus_transport_session *last_gone, *requester;
static void *last_request;

int jz_supervisor_start(const struct jz_plugin *given, const char *folder) {
	(void)folder;
	plugin = given;
	return 0;
}

void jz_supervisor_stop(void) {
}

json_t *jz_query_answer(const struct jz_plugin *given, json_t *request) {
	(void)given, (void)request;
	return NULL;
}

json_t *jz_query_error(int code, const char *format, ...) {
	(void)code, (void)format;
	return NULL;
}

janus_transport_session *janus_transport_session_create(void *transport_p, void (*p_free)(void *)) {
	janus_transport_session *session = calloc(1, sizeof *session);
	session->transport_p = transport_p;
	session->p_free = p_free;
	return session;
}

void janus_transport_session_destroy(janus_transport_session *session) {
	destroyed++;
	session->p_free(session->transport_p);
	free(session);
}

const char *janus_get_api_error(int error) {
	(void)error;
	return "error";
}

static void incoming_request(janus_transport *transport, janus_transport_session *session, void *request_id, gboolean admin, json_t *message, json_error_t *error) {
	(void)transport, (void)admin, (void)error;
	requests++;
	requester = session;
	last_request = request_id;
	json_decref(message);
}

static void transport_gone(janus_transport *transport, janus_transport_session *session) {
	(void)transport;
	told_gone++;
	last_gone = session;
}

static janus_transport_callbacks callbacks = { .incoming_request = incoming_request, .transport_gone = transport_gone };

/* ---- helpers ---- */

static void setup(void) {
	if(!CHECK(jz_channel_open("transport", RING, 0) == 0))
		exit(1);
	jz_channel_renew();
	child = *jz_channel_link();
	jz_link_lay(&child, jz_link_offset(&child, &child.down), child.down.size, child.up.size);
	destroyed = told_gone = requests = 0;
	CHECK(create()->init(&callbacks, "/") == 0);
}

static void teardown(void) {
	create()->destroy();
	jz_channel_close();
}

static bool up(uint16_t kind, uint32_t peer, uint64_t request, const char *text) {
	struct jz_record record = { .kind = kind, .peer = peer, .request = request, .length = (uint32_t)strlen(text) };
	return plugin->record(&record, (const uint8_t *)text);
}

static void reply(janus_transport_session *session, uint64_t request, const char *transaction, size_t padding) {
	char *text = malloc(padding + 1);
	memset(text, 'x', padding);
	text[padding] = '\0';
	create()->send_message(session, (void *)(uintptr_t)request, FALSE,
		json_pack("{ssssss}", "janus", "success", "transaction", transaction, "padding", text));
	free(text);
}

/* The next record from the ring, its payload as JSON (owned); NULL if there is none. */
static json_t *take(struct jz_entry *entry) {
	if(jz_drain(&child, entry, 1) != 1)
		return NULL;
	json_t *json = entry->length > 0 ? json_loadb((const char *)child.down.data + entry->offset, entry->length, 0, NULL) : json_null();
	jz_commit(&child, 0, 0);
	return json;
}

/* ---- tests ---- */

static void test_dropped(void) {
	struct jz_entry entry;
	int answered[64] = { 0 }, errors = 0;
	setup();
	CHECK(up(JZ_UP_PEER_OPENED, 1, 0, "{}"));
	for(uint64_t i = 1; i < 64; i++) {
		char transaction[16];
		snprintf(transaction, sizeof transaction, "t%d", (int)i);
		CHECK(up(JZ_UP_REQUEST, 1, i, "{}"));
		CHECK(last_request == (void *)(uintptr_t)i);
		reply(requester, i, transaction, 4000);
	}
	/* Sessions that begin and end meanwhile are told of, in order. */
	create()->session_created(requester, 77);
	create()->session_over(requester, 77, FALSE, FALSE);
	int sessions = 0;
	for(int quiet = 0; quiet < 2; quiet++) {
		json_t *json;
		while((json = take(&entry)) != NULL) {
			quiet = 0;
			if(entry.kind == JZ_DOWN_SESSION) {
				CHECK(entry.session == 77 && entry.flags == (sessions == 0 ? JZ_SESSION_CREATED : JZ_SESSION_OVER));
				sessions++;
			} else {
				char transaction[16];
				snprintf(transaction, sizeof transaction, "t%d", (int)entry.request);
				CHECK(entry.peer == 1 && entry.request < 64);
				CHECK(!strcmp(json_string_value(json_object_get(json, "transaction")), transaction));
				answered[entry.request]++;
				errors += json_object_get(json, "error") != NULL;
			}
			json_decref(json);
		}
		jz_channel_settle();
	}
	for(int i = 1; i < 64; i++)
		CHECK(answered[i] == 1);
	CHECK(errors > 30 && errors < 63);
	CHECK(sessions == 2);
	teardown();
}

/* What is kept goes before what is posted later. */
static void test_order(void) {
	struct jz_entry entry;
	setup();
	CHECK(up(JZ_UP_PEER_OPENED, 1, 0, "{}"));
	CHECK(up(JZ_UP_REQUEST, 1, 1, "{}"));
	const struct jz_record filler = { .kind = JZ_DOWN_MESSAGE, .peer = 9 };
	while(jz_channel_post(&filler, 0) == 0)
		continue;
	create()->session_created(requester, 5);
	json_decref(take(&entry));
	json_decref(take(&entry));
	reply(requester, 1, "t", 0);
	bool created = false;
	for(json_t *json; (json = take(&entry)) != NULL; json_decref(json)) {
		created = created || entry.kind == JZ_DOWN_SESSION;
		if(entry.request == 1)
			CHECK(created);
	}
	CHECK(created);
	teardown();
}

static void test_gone(void) {
	setup();
	CHECK(up(JZ_UP_PEER_OPENED, 1, 0, "{}"));
	CHECK(up(JZ_UP_PEER_OPENED, 2, 0, "{}"));
	CHECK(up(JZ_UP_PEER_OPENED, 3, 0, "{}"));
	CHECK(up(JZ_UP_REQUEST, 1, 1, "{}"));
	CHECK(up(JZ_UP_REQUEST, 1, 2, "{}"));
	janus_transport_session *session = requester;
	CHECK(up(JZ_UP_REQUEST, 2, 3, "{}"));
	reply(requester, 3, "t", 0);
	/* Nothing under way: told once. */
	CHECK(up(JZ_UP_PEER_GONE, 2, 0, ""));
	CHECK(told_gone == 1 && destroyed == 1);
	/* Janus is at work: told now, and once more when all is answered, but not by the thread that answers. */
	CHECK(up(JZ_UP_PEER_GONE, 1, 0, ""));
	CHECK(told_gone == 2 && last_gone == session && destroyed == 1);
	plugin->tick();
	reply(session, 1, "t", 0);
	plugin->tick();
	CHECK(told_gone == 2 && destroyed == 1);
	reply(session, 2, "t", 0);
	CHECK(told_gone == 2 && destroyed == 1);
	plugin->tick();
	CHECK(told_gone == 3 && last_gone == session && destroyed == 2);
	plugin->tick();
	CHECK(told_gone == 3 && destroyed == 2);
	/* One that Janus never answers ends with the plugin. */
	CHECK(up(JZ_UP_REQUEST, 3, 4, "{}"));
	CHECK(up(JZ_UP_PEER_GONE, 3, 0, ""));
	CHECK(told_gone == 4 && destroyed == 2);
	teardown();
	CHECK(told_gone == 4 && destroyed == 3);
}

int main(void) {
	tap_run("a reply that finds the ring full: its client is told, once there is room", test_dropped);
	tap_run("what must arrive keeps its order", test_order);
	tap_run("who leaves while Janus is at work is told of again when it is done", test_gone);
	return tap_end();
}
