/* The writer must write what jansson writes, byte for byte, and nothing behind the buffer's end. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "json_writer.h"
#include "tap.h"

#define COMPACT (JSON_COMPACT | JSON_PRESERVE_ORDER)

/* Into a buffer that is exactly as long as asked for. */
static bool writes_same(const json_t *json, size_t size, size_t flags) {
	char *expected = json_dumps(json, flags), *buffer = malloc(size > 0 ? size : 1);
	size_t length = strlen(expected), written = jz_json_write(json, buffer, size, flags);
	bool same = written == length && (length > size || !memcmp(buffer, expected, length));
	if(!same)
		printf("# %s became %.*s\n", expected, (int)(written < size ? written : size), buffer);
	free(buffer);
	free(expected);
	return same;
}

static bool writes_text_same(const char *text) {
	json_t *json = json_loads(text, JSON_ALLOW_NUL, NULL);
	bool same = CHECK(json != NULL) && writes_same(json, 4096, COMPACT) && writes_same(json, 4096, JSON_INDENT(3) | JSON_PRESERVE_ORDER) &&
		writes_same(json, 4096, JSON_PRESERVE_ORDER);
	json_decref(json);
	return same;
}

static void test_cases(void) {
	static const char *const cases[] = {
		"{}", "[]", "[[],{}]", "{\"a\":{}}", "[true,false,null]", "[0,-1,9007199254740993,9223372036854775807,-9223372036854775808]",
		"[1.5,-0.0,1e300,1e-300,3.0]", "[\"\",\"a\\\"b\\\\c/d\"]", "[\"\\b\\f\\n\\r\\t\\u0001\\u001f \\u007f\\u0000end\"]",
		"[\"\\u00e9\\u20ac\\ud83d\\ude00\"]", "{\"k\\u00e9y\\n\":\"v\"}", "{\"z\":1,\"a\":2,\"m\":[{\"b\":1}]}",
	};
	for(size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(writes_text_same(cases[i]));
	for(int c = 0; c < 256; c++) {
		char bytes[3] = { 'x', (char)c, 'y' };
		json_t *array = json_array(), *string = json_stringn_nocheck(bytes, 3);
		json_array_append_new(array, string);
		char *expected = json_dumps(array, COMPACT);
		char buffer[64];
		/* Where jansson refuses what is no UTF-8, so does the writer. */
		size_t written = jz_json_write(array, buffer, sizeof buffer, COMPACT);
		CHECK(expected == NULL ? written == 0 : written == strlen(expected) && !memcmp(buffer, expected, written));
		free(expected);
		json_decref(array);
	}
}

static json_t *value_make(uint64_t *seed, int depth) {
	static const char *const texts[] = { "", "plain", "with \"quotes\"", "\xc3\xa9", "line\n", "a longer text that says nothing", "\\" };
	char key[32];
	json_t *value;
	switch(tap_random(seed) % (depth > 4 ? 5 : 8)) {
		case 0:
			return json_integer((json_int_t)(((uint64_t)tap_random(seed) << 32) | tap_random(seed)));
		case 1:
			return json_real((double)tap_random(seed) / 1000.0);
		case 2:
			return tap_random(seed) % 2 ? json_true() : json_false();
		case 3:
			return json_null();
		case 4:
			return json_string(texts[tap_random(seed) % (sizeof texts / sizeof *texts)]);
		case 5:
			value = json_array();
			for(uint32_t n = tap_random(seed) % 5; n > 0; n--)
				json_array_append_new(value, value_make(seed, depth + 1));
			return value;
		default:
			value = json_object();
			for(uint32_t n = tap_random(seed) % 6; n > 0; n--) {
				snprintf(key, sizeof key, "%u%s", tap_random(seed) % 100, texts[tap_random(seed) % 6]);
				json_object_set_new(value, key, value_make(seed, depth + 1));
			}
			return value;
	}
}

static void test_generated(void) {
	uint64_t seed = 3;
	int compared = 0;
	while(compared < 3000) {
		json_t *json = value_make(&seed, 0);
		if(json_is_object(json) || json_is_array(json)) {
			char *text = json_dumps(json, COMPACT);
			size_t length = strlen(text);
			compared++;
			/* Enough room, just enough, one byte too little, and any at all. */
			CHECK(writes_same(json, length + 10, COMPACT) && writes_same(json, length, COMPACT));
			CHECK(writes_same(json, length - 1, COMPACT) && writes_same(json, tap_random(&seed) % length, COMPACT));
			free(text);
		}
		json_decref(json);
	}
}

static void test_refused(void) {
	char buffer[4096];
	json_t *deep = json_array();
	for(int i = 0; i < 3000; i++) {
		json_t *outer = json_array();
		json_array_append_new(outer, deep);
		deep = outer;
	}
	/* Jansson's own limit is 2048. */
	CHECK(jz_json_write(deep, buffer, sizeof buffer, COMPACT) == 0);
	json_decref(deep);
	json_t *array = json_array();
	json_array_append_new(array, json_stringn_nocheck("\xff", 1));
	CHECK(jz_json_write(array, buffer, sizeof buffer, COMPACT) == 0);
	json_decref(array);
	CHECK(jz_json_write(NULL, buffer, sizeof buffer, COMPACT) == 0);
}

int main(void) {
	tap_run("json writer: each kind of value as jansson writes it", test_cases);
	tap_run("json writer: generated documents as jansson writes them, in any room", test_generated);
	tap_run("json writer: what is too deep or no text is refused", test_refused);
	return tap_end();
}
