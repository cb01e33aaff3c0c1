#include "query.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "channel.h"
#include "control.h"
#include "life.h"
#include "overrides.h"

json_t *jz_query_error(int code, const char *format, ...) {
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	return json_pack("{siss}", "error_code", code, "error", text);
}

static json_t *query_info(const struct jz_plugin *plugin) {
	struct jz_facts facts = jz_life_facts();
	json_t *answer = json_pack("{sissssss}", "result", 200, "plugin", plugin->package, "version", plugin->version, "state", facts.state);
	json_object_set_new(answer, "pid", json_integer(facts.pid));
	json_object_set_new(answer, "restarts", json_integer(facts.restarts));
	json_object_set_new(answer, "uptime", json_integer((json_int_t)facts.uptime));
	json_object_set_new(answer, "began", json_integer((json_int_t)facts.epoch_ms));
	json_t *ring = jz_channel_show(), *status = jz_channel_status(), *configured = jz_overrides_all();
	if(ring != NULL)
		json_object_set_new(answer, "ring", ring);
	json_object_update(answer, json_object_get(json_object_get(status, "answers"), "info"));
	json_decref(status);
	if(json_object_size(configured) > 0)
		json_object_set(answer, "configured", configured);
	json_decref(configured);
	return answer;
}

static json_t *query_configure(json_t *request) {
	json_t *status = jz_channel_status(), *error = NULL, *answer = NULL;
	if(status == NULL)
		return jz_query_error(JZ_QUERY_UNAVAILABLE, "The plugin's process is not running: try again when info says so");
	json_t *changes = jz_control_check(json_object_get(status, "settings"), request, &error);
	json_decref(status);
	if(changes == NULL) {
		answer = jz_query_error(JZ_QUERY_INVALID, "%s", json_string_value(error));
		json_decref(error);
		return answer;
	}
	json_t *control = json_pack("{sO}", "configure", changes);
	if(jz_channel_control(control) < 0) {
		answer = jz_query_error(JZ_QUERY_UNAVAILABLE, "The ring to the plugin's process is full: nothing was changed");
	} else {
		jz_overrides_add(changes);
		answer = json_pack("{si}", "result", 200);
	}
	json_decref(control);
	json_decref(changes);
	return answer;
}

/* From the status page: whatever the child has an answer to stand there for. */
static json_t *query_page(const struct jz_plugin *plugin, const char *verb) {
	json_t *status = jz_channel_status(), *answers = json_object_get(status, "answers"), *found = json_object_get(answers, verb), *answer;
	if(json_is_object(found)) {
		answer = json_pack("{si}", "result", 200);
		json_object_update(answer, found);
	} else {
		char verbs[256];
		size_t length = (size_t)snprintf(verbs, sizeof verbs, "%s", plugin->verbs);
		const char *key;
		json_t *value;
		json_object_foreach(answers, key, value)
			if(strcmp(key, "info") != 0 && length < sizeof verbs)
				length += (size_t)snprintf(verbs + length, sizeof verbs - length, ", %s", key);
		answer = jz_query_error(JZ_QUERY_UNKNOWN, "Unknown request \"%s\": one of: %s", verb, verbs);
	}
	json_decref(status);
	return answer;
}

json_t *jz_query_answer(const struct jz_plugin *plugin, json_t *request) {
	const char *verb = json_string_value(json_object_get(request, "request"));
	if(verb == NULL)
		return jz_query_error(JZ_QUERY_MISSING, "Missing or invalid \"request\": a string, one of: %s", plugin->verbs);
	if(!strcmp(verb, "info"))
		return query_info(plugin);
	if(!strcmp(verb, plugin->configure))
		return query_configure(request);
	json_t *answer = plugin->query != NULL ? plugin->query(verb, request) : NULL;
	return answer != NULL ? answer : query_page(plugin, verb);
}
