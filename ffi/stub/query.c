#include "query.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "channel.h"
#include "control.h"
#include "supervisor.h"

static pthread_mutex_t overrides_mutex = PTHREAD_MUTEX_INITIALIZER;
static json_t *overrides;

json_t *jz_query_overrides(void) {
	pthread_mutex_lock(&overrides_mutex);
	json_t *copy = overrides != NULL ? json_deep_copy(overrides) : json_object();
	pthread_mutex_unlock(&overrides_mutex);
	return copy;
}

void jz_query_reset(void) {
	pthread_mutex_lock(&overrides_mutex);
	json_decref(overrides);
	overrides = NULL;
	pthread_mutex_unlock(&overrides_mutex);
}

static void overrides_add(json_t *changes) {
	pthread_mutex_lock(&overrides_mutex);
	if(overrides == NULL)
		overrides = json_object();
	jz_control_merge(overrides, changes);
	pthread_mutex_unlock(&overrides_mutex);
}

json_t *jz_query_error(int code, const char *format, ...) {
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return json_pack("{siss}", "error_code", code, "error", text);
}

static json_t *query_info(const struct jz_plugin *plugin) {
	struct jz_facts facts = jz_supervisor_facts();
	json_t *answer = json_pack("{sissssss}", "result", 200, "plugin", plugin->package, "version", plugin->version, "state", facts.state);
	json_object_set_new(answer, "pid", json_integer(facts.pid));
	json_object_set_new(answer, "restarts", json_integer(facts.restarts));
	json_object_set_new(answer, "uptime", json_integer((json_int_t)facts.uptime));
	json_t *ring = jz_channel_show(), *status = jz_channel_status(), *configured = jz_query_overrides();
	if(ring != NULL)
		json_object_set_new(answer, "ring", ring);
	if(status != NULL) {
		json_object_del(status, "settings");
		json_object_update(answer, status);
		json_decref(status);
	}
	if(json_object_size(configured) > 0)
		json_object_set(answer, "configured", configured);
	json_decref(configured);
	return answer;
}

static json_t *query_configure(json_t *request) {
	json_t *status = jz_channel_status(), *error = NULL, *answer = NULL;
	if(status == NULL)
		return jz_query_error(JZ_QUERY_UNAVAILABLE, "The isolate is not running: try again when info says so");
	json_t *changes = jz_control_check(json_object_get(status, "settings"), request, &error);
	json_decref(status);
	if(changes == NULL) {
		answer = jz_query_error(JZ_QUERY_INVALID, "%s", json_string_value(error));
		json_decref(error);
		return answer;
	}
	json_t *control = json_pack("{sO}", "configure", changes);
	if(jz_channel_control(control) < 0) {
		answer = jz_query_error(JZ_QUERY_UNAVAILABLE, "The ring to the isolate is full: nothing was changed");
	} else {
		overrides_add(changes);
		answer = json_pack("{si}", "result", 200);
	}
	json_decref(control);
	json_decref(changes);
	return answer;
}

json_t *jz_query_answer(json_t *request) {
	const struct jz_plugin *plugin = jz_supervisor_plugin();
	const char *verb = json_string_value(json_object_get(request, "request"));
	if(verb == NULL)
		return jz_query_error(JZ_QUERY_MISSING, "Missing or invalid \"request\": a string, one of: %s", plugin->verbs);
	if(!strcmp(verb, "info"))
		return query_info(plugin);
	if(!strcmp(verb, plugin->configure))
		return query_configure(request);
	json_t *answer = plugin->query != NULL ? plugin->query(verb, request) : NULL;
	if(answer == NULL)
		answer = jz_query_error(JZ_QUERY_UNKNOWN, "Unknown request \"%s\": one of: %s", verb, plugin->verbs);
	return answer;
}
