/* The event handler's Janus side. */
#include <string.h>

#include <events/eventhandler.h>

#include "channel.h"
#include "events.gen.h"
#include "query.h"
#include "supervisor.h"

#define PACKAGE "janus.eventhandler.zeromqevh"

/* Events have the same numbers on the other side. */
_Static_assert(JZ_EVENT_SESSIONS == JANUS_EVENT_TYPE_SESSION && JZ_EVENT_HANDLES == JANUS_EVENT_TYPE_HANDLE &&
	JZ_EVENT_EXTERNAL == JANUS_EVENT_TYPE_EXTERNAL && JZ_EVENT_JSEP == JANUS_EVENT_TYPE_JSEP &&
	JZ_EVENT_WEBRTC == JANUS_EVENT_TYPE_WEBRTC && JZ_EVENT_MEDIA == JANUS_EVENT_TYPE_MEDIA &&
	JZ_EVENT_PLUGINS == JANUS_EVENT_TYPE_PLUGIN && JZ_EVENT_TRANSPORTS == JANUS_EVENT_TYPE_TRANSPORT &&
	JZ_EVENT_CORE == JANUS_EVENT_TYPE_CORE, "types of events");
_Static_assert(JZ_EVENT_WEBRTC_ICE == JANUS_EVENT_SUBTYPE_WEBRTC_ICE && JZ_EVENT_WEBRTC_LCAND == JANUS_EVENT_SUBTYPE_WEBRTC_LCAND &&
	JZ_EVENT_WEBRTC_RCAND == JANUS_EVENT_SUBTYPE_WEBRTC_RCAND && JZ_EVENT_WEBRTC_PAIR == JANUS_EVENT_SUBTYPE_WEBRTC_PAIR &&
	JZ_EVENT_WEBRTC_DTLS == JANUS_EVENT_SUBTYPE_WEBRTC_DTLS && JZ_EVENT_WEBRTC_STATE == JANUS_EVENT_SUBTYPE_WEBRTC_STATE &&
	JZ_EVENT_MEDIA_STATE == JANUS_EVENT_SUBTYPE_MEDIA_STATE && JZ_EVENT_MEDIA_SLOWLINK == JANUS_EVENT_SUBTYPE_MEDIA_SLOWLINK &&
	JZ_EVENT_MEDIA_STATS == JANUS_EVENT_SUBTYPE_MEDIA_STATS && JZ_EVENT_CORE_STARTUP == JANUS_EVENT_SUBTYPE_CORE_STARTUP &&
	JZ_EVENT_CORE_SHUTDOWN == JANUS_EVENT_SUBTYPE_CORE_SHUTDOWN, "subtypes of events");

static janus_eventhandler handler_plugin;
static _Atomic size_t json_flags;

static void handler_ready(json_t *ready) {
	json_flags = jz_json_flags(json_string_value(json_object_get(ready, "json")));
	handler_plugin.events_mask = (janus_flags)json_integer_value(json_object_get(ready, "events_mask"));
}

/* Of the ring, in 1/8, what other events leave to those of sessions, handles and the core, of which a
 * subscriber who misses one has a wrong picture for long. */
#define KEEP_FOR_STATE 1
#define STATE_TYPES (JANUS_EVENT_TYPE_SESSION | JANUS_EVENT_TYPE_HANDLE | JANUS_EVENT_TYPE_CORE)

static bool handler_record(const struct jz_record *record, const uint8_t *payload) {
	(void)record;
	(void)payload;
	return false; /* an event handler's child sends nothing of its own */
}

static const struct jz_plugin plugin = {
	.package = PACKAGE, .version = JZ_VERSION, .ready = handler_ready, .record = handler_record,
	.configure = "tweak", .verbs = "info, tweak", .counted = JZ_DOWN_EVENT,
};

/* Main thread; waits for the child, startup_timeout at most. */
static int handler_init(const char *config_path) {
	return config_path != NULL ? jz_supervisor_start(&plugin, config_path) : -1;
}

/* Main thread, after Janus's event thread has ended. */
static void handler_destroy(void) {
	handler_plugin.events_mask = JANUS_EVENT_TYPE_NONE;
	jz_supervisor_stop();
}

static int handler_get_api_compatibility(void) {
	return JANUS_EVENTHANDLER_API_VERSION;
}

static int handler_get_version(void) {
	return JZ_VERSION_NUMBER;
}

static const char *handler_get_version_string(void) {
	return JZ_VERSION;
}

static const char *handler_get_description(void) {
	return "Janus's events on a ZeroMQ PUB socket, scripted in TypeScript.";
}

static const char *handler_get_name(void) {
	return "JANUS ZeroMQ event handler plugin";
}

static const char *handler_get_author(void) {
	return "janus-zeromq";
}

static const char *handler_get_package(void) {
	return PACKAGE;
}

/* The plugin or transport that an event's body names, "" if none. */
static const char *event_name(json_t *body) {
	json_t *name = json_object_get(body, "plugin");
	if(!json_is_string(name))
		name = json_object_get(body, "transport");
	if(json_is_object(name))
		name = json_object_get(name, "transport");
	return json_is_string(name) ? json_string_value(name) : "";
}

/* What a record says of an event. One walk over its few keys: looking each up costs more. Returns the
 * event's body, or NULL. */
static json_t *event_read(json_t *event, struct jz_record *record) {
	json_t *body = NULL;
	for(void *i = json_object_iter(event); i != NULL; i = json_object_iter_next(event, i)) {
		const char *key = json_object_iter_key(i);
		json_t *value = json_object_iter_value(i);
		if(!strcmp(key, "type"))
			record->type = (uint16_t)json_integer_value(value);
		else if(!strcmp(key, "subtype"))
			record->subtype = (uint16_t)json_integer_value(value);
		else if(!strcmp(key, "session_id"))
			record->session = (uint64_t)json_integer_value(value);
		else if(!strcmp(key, "event"))
			body = value;
	}
	return body;
}

/* Janus's one event thread: writes the JSON into the ring and returns. The core frees `event`. */
static void handler_incoming_event(json_t *event) {
	struct jz_record record = { .kind = JZ_DOWN_EVENT };
	json_t *body = event_read(event, &record);
	jz_channel_post_named(&record, event_name(body), event, json_flags, record.type & STATE_TYPES ? 0 : KEEP_FOR_STATE);
}

/* Requests thread, which runs every other request too: answered from what is at hand. */
static json_t *handler_request(json_t *request) {
	return jz_query_answer(&plugin, request);
}

static janus_eventhandler handler_plugin = JANUS_EVENTHANDLER_INIT(
	.init = handler_init,
	.destroy = handler_destroy,
	.get_api_compatibility = handler_get_api_compatibility,
	.get_version = handler_get_version,
	.get_version_string = handler_get_version_string,
	.get_description = handler_get_description,
	.get_name = handler_get_name,
	.get_author = handler_get_author,
	.get_package = handler_get_package,
	.incoming_event = handler_incoming_event,
	.handle_request = handler_request,
	/* Stays so if init fails: Janus keeps a failed handler in its list. */
	.events_mask = JANUS_EVENT_TYPE_NONE,
);

__attribute__((visibility("default"))) janus_eventhandler *create(void);

janus_eventhandler *create(void) {
	return &handler_plugin;
}
