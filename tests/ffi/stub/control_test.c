/* What Janus's admin may change: accepted, refused, merged. */
#include "control.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static const char SETTINGS[] =
	"{\"json\": {\"type\": \"enum\", \"values\": [\"compact\", \"plain\", \"indented\"]},"
	" \"events\": {\"type\": \"boolean\"},"
	" \"limits\": {\"type\": \"group\", \"keys\": {"
	"   \"peers\": {\"type\": \"integer\", \"min\": 1, \"max\": 9007199254740993},"
	"   \"low\": {\"type\": \"integer\", \"min\": -5, \"max\": -1},"
	"   \"inner\": {\"type\": \"group\", \"keys\": {\"deep\": {\"type\": \"boolean\"}}}}}}";

static const char EVENTS[] =
	"{\"types\": {\"type\": \"labels\", \"values\": [\"jsep\", \"media\"], \"alone\": [\"all\", \"none\"]},"
	" \"group\": {\"type\": \"integer\", \"min\": 0, \"max\": 9, \"switch\": 3}}";

static json_t *parse(const char *text) {
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);
	if(!CHECK(json != NULL))
		printf("# %s: %s\n", text, error.text);
	return json;
}

static bool same(json_t *json, const char *expected) {
	json_t *wanted = parse(expected);
	bool equal = json_equal(json, wanted) != 0;
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	if(!equal)
		printf("# %s is not %s\n", text, expected);
	free(text);
	json_decref(wanted);
	return equal;
}

/* What is accepted of a request is as expected; the request is as it was. */
static void accept_for(const char *settings_text, const char *request_text, const char *expected) {
	json_t *settings = parse(settings_text), *request = parse(request_text), *error = settings;
	json_t *changes = jz_control_check(settings, request, &error);
	CHECK(error == NULL);
	CHECK(changes != NULL && same(changes, expected));
	CHECK(same(request, request_text) && same(settings, settings_text));
	json_decref(changes);
	json_decref(request);
	json_decref(settings);
}

static void accept(const char *request_text, const char *expected) {
	accept_for(SETTINGS, request_text, expected);
}

static void refuse_for(const char *settings_text, const char *request_text, const char *reason) {
	json_t *settings = settings_text != NULL ? parse(settings_text) : NULL, *request = parse(request_text), *error = NULL;
	json_t *changes = jz_control_check(settings, request, &error);
	const char *said = json_string_value(error);
	CHECK(changes == NULL);
	if(!CHECK(said != NULL && !strcmp(said, reason)))
		printf("# \"%s\" is not \"%s\"\n", said != NULL ? said : "(none)", reason);
	json_decref(error);
	json_decref(request);
	json_decref(settings);
}

static void refuse(const char *request_text, const char *reason) {
	refuse_for(SETTINGS, request_text, reason);
}

static void test_accept(void) {
	accept("{\"request\": \"configure\", \"json\": \"plain\"}", "{\"json\": \"plain\"}");
	accept("{\"json\": \"compact\", \"events\": false}", "{\"json\": \"compact\", \"events\": false}");
	accept("{\"request\": \"configure\"}", "{}");
	accept("{}", "{}");
}

static void test_bounds(void) {
	accept("{\"limits\": {\"peers\": 1}}", "{\"limits\": {\"peers\": 1}}");
	accept("{\"limits\": {\"peers\": 9007199254740993}}", "{\"limits\": {\"peers\": 9007199254740993}}");
	accept("{\"limits\": {\"low\": -5}}", "{\"limits\": {\"low\": -5}}");
	refuse("{\"limits\": {\"peers\": 0}}", "limits.peers: an integer from 1 to 9007199254740993");
	refuse("{\"limits\": {\"peers\": 9007199254740994}}", "limits.peers: an integer from 1 to 9007199254740993");
	refuse("{\"limits\": {\"low\": 0}}", "limits.low: an integer from -5 to -1");
	refuse("{\"limits\": {\"low\": -6}}", "limits.low: an integer from -5 to -1");
}

static void test_groups(void) {
	accept("{\"limits\": {}}", "{\"limits\": {}}");
	accept("{\"limits\": {\"inner\": {\"deep\": true}, \"low\": -2}}", "{\"limits\": {\"inner\": {\"deep\": true}, \"low\": -2}}");
	/* "request" is the verb at the top alone. */
	refuse("{\"limits\": {\"request\": \"configure\"}}", "there is no limits.request to change; there are: \"peers\", \"low\", \"inner\"");
	refuse("{\"limits\": {\"inner\": {\"deep\": 1}}}", "limits.inner.deep: true or false");
	refuse("{\"limits\": {\"inner\": {\"x\": 1}}}", "there is no limits.inner.x to change; there are: \"deep\"");
	refuse("{\"limits\": {\"inner\": true}}", "limits.inner: an object");
	refuse("{\"limits\": 5}", "limits: an object");
	refuse("{\"limits\": [1]}", "limits: an object");
	refuse("{\"limits\": null}", "limits: an object");
}

static void test_types(void) {
	static const char *const not_boolean[] = { "1", "\"true\"", "null", "{}", "0.5", "[true]" };
	for(size_t i = 0; i < sizeof not_boolean / sizeof *not_boolean; i++) {
		char text[64];
		snprintf(text, sizeof text, "{\"events\": %s}", not_boolean[i]);
		refuse(text, "events: true or false");
	}
	static const char *const not_integer[] = { "1.0", "\"5\"", "true", "null", "{}", "[5]" };
	for(size_t i = 0; i < sizeof not_integer / sizeof *not_integer; i++) {
		char text[64];
		snprintf(text, sizeof text, "{\"limits\": {\"peers\": %s}}", not_integer[i]);
		refuse(text, "limits.peers: an integer from 1 to 9007199254740993");
	}
	static const char *const not_named[] = { "\"Plain\"", "\"\"", "1", "true", "null", "[\"plain\"]" };
	for(size_t i = 0; i < sizeof not_named / sizeof *not_named; i++) {
		char text[64];
		snprintf(text, sizeof text, "{\"json\": %s}", not_named[i]);
		refuse(text, "json: one of \"compact\", \"plain\", \"indented\"");
	}
}

static void test_labels(void) {
	static const char *const fine[] = { "media", "jsep,media", " jsep , MEDIA\t", "all", " None ", "jsep,jsep" };
	static const char *const wrong[] = { "\"\"", "\"audio\"", "\"jsep,\"", "\",jsep\"", "\"jsep;media\"", "\"all,jsep\"", "\"jsep all\"", "5", "[5]", "[\"jsep\", null]", "[\"all\", \"jsep\"]", "[\"\"]", "null" };
	char text[64];
	for(size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
		json_t *json = json_pack("{ss}", "types", fine[i]);
		char *request = json_dumps(json, 0);
		accept_for(EVENTS, request, request);
		free(request);
		json_decref(json);
	}
	for(size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(text, sizeof text, "{\"types\": %s}", wrong[i]);
		refuse_for(EVENTS, text, "types: one of \"all\", \"none\", or some of \"jsep\", \"media\" separated by commas or in a list");
	}
}

/* As info shows them. */
static void test_label_lists(void) {
	accept_for(EVENTS, "{\"types\": [\"jsep\", \"media\"]}", "{\"types\": \"jsep,media\"}");
	accept_for(EVENTS, "{\"types\": [\"Jsep\"]}", "{\"types\": \"Jsep\"}");
	accept_for(EVENTS, "{\"types\": [\"all\"]}", "{\"types\": \"all\"}");
	accept_for(EVENTS, "{\"types\": []}", "{\"types\": \"none\"}");
}

static void test_switch(void) {
	accept_for(EVENTS, "{\"group\": true}", "{\"group\": true}");
	accept_for(EVENTS, "{\"group\": false}", "{\"group\": false}");
	accept_for(EVENTS, "{\"group\": 9}", "{\"group\": 9}");
	refuse_for(EVENTS, "{\"group\": 10}", "group: an integer from 0 to 9, true or false");
	refuse_for(EVENTS, "{\"group\": \"false\"}", "group: an integer from 0 to 9, true or false");
}

/* Nothing is changed by halves. */
static void test_all_or_nothing(void) {
	refuse("{\"events\": true, \"json\": \"x\"}", "json: one of \"compact\", \"plain\", \"indented\"");
	refuse("{\"limits\": {\"low\": -2, \"peers\": 0}, \"events\": true}", "limits.peers: an integer from 1 to 9007199254740993");
	/* The first fault is told. */
	refuse("{\"events\": 1, \"json\": \"x\"}", "events: true or false");
}

static void test_unknown(void) {
	refuse("{\"address\": \"tcp://*\"}", "there is no address to change; there are: \"json\", \"events\", \"limits\"");
	refuse("{\"\": 1}", "there is no  to change; there are: \"json\", \"events\", \"limits\"");
	refuse("{\"limits.peers\": 5}", "there is no limits.peers to change; there is limits.peers: {\"limits\": {\"peers\": ...}}");
	refuse("{\"peers\": 5}", "there is no peers to change; there is limits.peers: {\"limits\": {\"peers\": ...}}");
	refuse("{\"%s%n\": 5}", "there is no %s%n to change; there are: \"json\", \"events\", \"limits\"");
	refuse("{\"\\u00e9\": 5}", "there is no \xc3\xa9 to change; there are: \"json\", \"events\", \"limits\"");
}

/* The child may publish nothing, or what this plugin does not know. */
static void test_odd_settings(void) {
	refuse_for(NULL, "{\"a\": 1}", "there is no a to change");
	refuse_for("{}", "{\"a\": 1}", "there is no a to change");
	refuse_for("{\"a\": {\"type\": \"color\"}}", "{\"a\": 1}", "a: one of ");
	refuse_for("{\"a\": 5}", "{\"a\": 1}", "a: one of ");
	refuse_for("{\"a\": {\"type\": \"group\"}}", "{\"a\": {\"b\": 1}}", "no a are loaded");
	json_t *error = NULL, *request = parse("{\"request\": \"configure\"}");
	json_t *changes = jz_control_check(NULL, request, &error);
	CHECK(changes != NULL && json_object_size(changes) == 0 && error == NULL);
	json_decref(changes);
	json_decref(request);
}

static void test_long_key(void) {
	char key[5000];
	memset(key, 'k', sizeof key - 1);
	key[sizeof key - 1] = '\0';
	json_t *settings = parse(SETTINGS), *request = json_object(), *error = NULL;
	json_object_set_new(request, key, json_true());
	CHECK(jz_control_check(settings, request, &error) == NULL);
	char *text = json_dumps(error, JSON_ENCODE_ANY);
	CHECK(text != NULL && strlen(text) > sizeof key);
	free(text);
	json_decref(error);
	json_decref(request);
	json_decref(settings);
}

/* Merges texts one after the other into an empty object. */
static void merge(const char *expected, int count, ...) {
	json_t *target = json_object();
	va_list texts;
	va_start(texts, count);
	while(count-- > 0) {
		const char *text = va_arg(texts, const char *);
		json_t *changes = parse(text);
		jz_control_merge(target, changes);
		json_decref(changes);
	}
	va_end(texts);
	CHECK(same(target, expected));
	json_decref(target);
}

static void test_merge(void) {
	merge("{}", 1, "{}");
	merge("{\"json\": \"plain\"}", 2, "{\"json\": \"compact\"}", "{\"json\": \"plain\"}");
	merge("{\"limits\": {\"a\": 1, \"b\": 3, \"c\": 4}, \"events\": true}", 3,
		"{\"limits\": {\"a\": 1, \"b\": 2}}", "{\"limits\": {\"b\": 3}, \"events\": true}", "{\"limits\": {\"c\": 4}}");
	merge("{\"limits\": {\"a\": 1}}", 2, "{\"limits\": {\"a\": 1}}", "{\"limits\": {}}");
	merge("{\"a\": {\"b\": {\"c\": 1, \"d\": 2}}}", 2, "{\"a\": {\"b\": {\"c\": 1}}}", "{\"a\": {\"b\": {\"d\": 2}}}");
	merge("{\"a\": 5}", 2, "{\"a\": {\"b\": 1}}", "{\"a\": 5}");
	merge("{\"a\": {\"b\": 1}}", 2, "{\"a\": 5}", "{\"a\": {\"b\": 1}}");
}

/* A later merge into the target leaves the changes of an earlier one alone. */
static void test_merge_apart(void) {
	json_t *target = json_object(), *first = parse("{\"limits\": {\"a\": 1}}"), *second = parse("{\"limits\": {\"a\": 2}}");
	jz_control_merge(target, first);
	jz_control_merge(target, second);
	CHECK(same(target, "{\"limits\": {\"a\": 2}}"));
	CHECK(same(first, "{\"limits\": {\"a\": 1}}"));
	json_decref(first);
	json_decref(second);
	json_decref(target);
}

int main(void) {
	tap_run("control: lists of labels, as Janus writes masks", test_labels);
	tap_run("control: labels in a list, as info shows them", test_label_lists);
	tap_run("control: a number that may be switched on and off", test_switch);
	tap_run("changes are accepted key by key", test_accept);
	tap_run("integers have bounds, both inclusive", test_bounds);
	tap_run("groups are checked to their ground, with full paths", test_groups);
	tap_run("values of another type are refused with what is allowed", test_types);
	tap_run("one fault refuses all", test_all_or_nothing);
	tap_run("unknown keys are refused with those that are known", test_unknown);
	tap_run("settings that are missing or odd allow nothing", test_odd_settings);
	tap_run("a long key is told in full", test_long_key);
	tap_run("changes are merged group by group", test_merge);
	tap_run("merged changes stay apart", test_merge_apart);
	return tap_end();
}
