/* The writer against jansson's own, byte for byte, and at every size of the buffer. */
#include "json_writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define COMPACT (JSON_COMPACT | JSON_PRESERVE_ORDER)
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define DOCUMENTS 6000
#else
#define DOCUMENTS 30000
#endif
/* Up to so many bytes every size is tried, beyond it some. */
#define EVERY_SIZE 300

/* ---- comparing ---- */

/* In a buffer of `size` bytes, and not one more, it writes what fits and says what it needs. */
static bool written_at(const json_t *json, size_t size, const char *expected, size_t length) {
	char *buffer = malloc(size); /* its own block: the address sanitizer sees its end */
	if(size > 0)
		memset(buffer, '~', size);
	size_t result = jz_json_write(json, buffer, size, COMPACT);
	bool good = result == length && (size < length || !memcmp(buffer, expected, length));
	for(size_t i = length; i < size; i++)
		good = good && buffer[i] == '~';
	free(buffer);
	return good;
}

/* True if it writes what json_dumpb writes, whatever the size of the buffer. */
static bool equal(const json_t *json) {
	size_t length = json_dumpb(json, NULL, 0, COMPACT);
	char *expected = malloc(length + 1);
	bool good = length > 0 && json_dumpb(json, expected, length, COMPACT) == length;
	size_t step = length <= EVERY_SIZE ? 1 : length / 7;
	for(size_t size = 0; good && size < length; size += step)
		good = written_at(json, size, expected, length);
	good = good && written_at(json, length, expected, length) && written_at(json, length + 1, expected, length) &&
		written_at(json, length + 100, expected, length) && jz_json_write(json, NULL, 0, COMPACT) == length;
	if(!good)
		printf("# differs from: %.*s\n", (int)(length < 300 ? length : 300), expected);
	free(expected);
	return good;
}

static void check_text(const char *text) {
	json_error_t error;
	json_t *json = json_loads(text, JSON_ALLOW_NUL, &error);
	if(CHECK(json != NULL))
		CHECK(equal(json));
	else
		printf("# %s: %s\n", text, error.text);
	json_decref(json);
}

/* ---- documents by chance ---- */

static uint64_t seed = 0x9e3779b97f4a7c15ull;

static uint32_t pick(uint32_t count) {
	return tap_random(&seed) % count;
}

static size_t random_text(char *text, size_t size) {
	static const char *const parts[] = {
		"a", "janus", "\"", "\\", "/", "\b\f\n\r\t", "\x01", "\x1f", "\x7f", " ", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
		"\xed\x9f\xbf", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf", "\xe2\x80\xa8", "session_id", "{}[],:", "\\u0041", "%s",
	};
	size_t length = 0;
	for(uint32_t i = pick(4) == 0 ? pick(12) : pick(3); i > 0; i--) {
		const char *part = parts[pick(sizeof parts / sizeof *parts)];
		if(length + strlen(part) >= size)
			break;
		memcpy(text + length, part, strlen(part));
		length += strlen(part);
	}
	text[length] = '\0';
	return length;
}

static json_t *random_string(void) {
	char text[128];
	size_t length = random_text(text, sizeof text);
	if(pick(20) > 0)
		return json_stringn(text, length);
	text[length / 2] = '\0'; /* in the midst of a character or of plain text */
	json_t *string = json_stringn(text, length);
	return string != NULL ? string : json_stringn("a\0b", 3);
}

static json_t *random_integer(void) {
	static const json_int_t edges[] = { 0, 1, -1, 9, 10, -10, INT64_MAX, INT64_MIN, INT64_MIN + 1, 9007199254740993, 999999999999999999, 1000000000000000000 };
	if(pick(3) == 0)
		return json_integer(edges[pick(sizeof edges / sizeof *edges)]);
	uint64_t value = (uint64_t)tap_random(&seed) << 32 | tap_random(&seed);
	return json_integer((json_int_t)value >> pick(64));
}

static json_t *random_real(void) {
	static const double edges[] = { 0.0, -0.0, 1.0, 0.1, -0.5, 1e21, 1e-7, 1.7976931348623157e308, 5e-324, 123456789012345678.0, 3.141592653589793 };
	if(pick(2) == 0)
		return json_real(edges[pick(sizeof edges / sizeof *edges)]);
	return json_real(ldexp((double)tap_random(&seed) - 2147483648.0, (int)pick(200) - 100));
}

static json_t *random_value(int depth);

static json_t *random_container(int depth) {
	uint32_t count = pick(5) == 0 ? 0 : pick(5);
	if(pick(2) == 0) {
		json_t *array = json_array();
		while(count-- > 0)
			json_array_append_new(array, random_value(depth + 1));
		return array;
	}
	json_t *object = json_object();
	while(count-- > 0) {
		char key[128];
		random_text(key, sizeof key);
		json_object_set_new(object, key, random_value(depth + 1));
	}
	return object;
}

static json_t *random_value(int depth) {
	switch(pick(depth < 6 ? 9 : 6)) {
		case 0: return random_integer();
		case 1: return random_real();
		case 2: return json_true();
		case 3: return json_false();
		case 4: return json_null();
		case 5: return random_string();
		default: return random_container(depth);
	}
}

static void test_random(void) {
	size_t total = 0;
	for(int i = 0; i < DOCUMENTS; i++) {
		json_t *json = random_container(0);
		total += json_dumpb(json, NULL, 0, COMPACT);
		if(!CHECK(equal(json))) {
			json_decref(json);
			return;
		}
		json_decref(json);
	}
	CHECK(total > (size_t)DOCUMENTS * 20); /* it is not all empty */
}

/* ---- cases by hand ---- */

/* Shapes that Janus sends, with made-up values. */
static const char *const MESSAGES[] = {
	"{\"janus\":\"success\",\"session_id\":6157294861029384,\"transaction\":\"Zu8\",\"data\":{\"id\":9007199254740993}}",
	"{\"janus\":\"event\",\"session_id\":1,\"sender\":2,\"plugindata\":{\"plugin\":\"janus.plugin.echotest\",\"data\":{\"echotest\":\"event\",\"result\":\"ok\"}},"
	"\"jsep\":{\"type\":\"answer\",\"sdp\":\"v=0\\r\\no=- 1 1 IN IP4 127.0.0.1\\r\\ns=-\\r\\nt=0 0\\r\\na=group:BUNDLE 0\\r\\n\"}}",
	"{\"emitter\":\"\",\"type\":32,\"subtype\":3,\"timestamp\":1700000000123456,\"session_id\":1,\"handle_id\":2,\"opaque_id\":\"caf\\u00e9\",\"event\":"
	"{\"media\":\"audio\",\"mid\":\"0\",\"base\":48000,\"rtt\":0.5,\"lost\":0,\"jitter-local\":3,\"in-link-quality\":100,\"packets-received\":4711}}",
	"{\"emitter\":\"j\",\"type\":256,\"timestamp\":1,\"event\":{\"status\":\"started\",\"info\":{\"version_string\":\"1.1.2\",\"local-ip\":\"::1\","
	"\"data_channels\":true,\"ice-lite\":false,\"plugins\":{\"janus.plugin.echotest\":{\"name\":\"x\"}},\"transports\":{}}}}",
	"{\"janus\":\"keepalive\"}",
	"{\"type\":16,\"subtype\":6,\"event\":{\"connection\":\"hangup\",\"reason\":null}}",
	"[{\"type\":1},{\"type\":2}]",
};

static void test_messages(void) {
	for(size_t i = 0; i < sizeof MESSAGES / sizeof *MESSAGES; i++)
		check_text(MESSAGES[i]);
}

static void test_small(void) {
	static const char *const texts[] = {
		"{}", "[]", "[[]]", "[{}]", "{\"\":{}}", "[\"\"]", "{\"\":\"\"}", "[0]", "[-1]", "[1.0]", "[true,false,null]", "[[],[],{},{}]",
		"[9223372036854775807,-9223372036854775808,-9223372036854775807]", "[\"\\u0000\"]", "[\"a\\u0000b\\u0000\"]",
	};
	for(size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		check_text(texts[i]);
}

/* Every byte that may stand alone, as text and as a key, at the start, midst and end. */
static void test_bytes(void) {
	for(int c = 1; c < 0x80; c++) {
		char text[4] = { (char)c, 'x', (char)c, '\0' };
		json_t *json = json_object();
		json_object_set_new(json, text, json_string(text));
		json_object_set_new(json, text + 1, json_stringn(text, 1));
		CHECK(equal(json));
		json_decref(json);
	}
}

/* The first and last character of each length in UTF-8. */
static void test_utf8(void) {
	static const char *const texts[] = {
		"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
		"ascii\n\"first\xc3\xa9", "\xc3\xa9\x01\\last",
	};
	for(size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		json_t *json = json_pack("{s:s, s:[s]}", texts[i], texts[i], "plain", texts[i]);
		CHECK(json != NULL && equal(json));
		json_decref(json);
	}
}

static void test_long(void) {
	char *text = malloc(1 << 20);
	for(size_t i = 0; i < (1 << 20) - 1; i++)
		text[i] = (char)('a' + i % 26);
	text[(1 << 20) - 1] = '\0';
	json_t *json = json_pack("{s:s, s:i}", "sdp", text, "after", 1);
	CHECK(equal(json));
	text[1 << 19] = '\n';
	json_object_set_new(json, text, json_string(text));
	CHECK(equal(json));
	json_decref(json);
	free(text);
}

/* `depth` containers in each other, the outermost counted. */
static json_t *nested(int depth, bool object) {
	json_t *json = object ? json_object() : json_array();
	for(int i = 1; i < depth; i++) {
		json_t *outer = object ? json_object() : json_array();
		if(object)
			json_object_set_new(outer, "a", json);
		else
			json_array_append_new(outer, json);
		json = outer;
	}
	return json;
}

static void test_depth(void) {
	for(int kind = 0; kind < 2; kind++) {
		json_t *deep = nested(2101, kind == 0), *deeper = nested(2102, kind == 0);
		CHECK(equal(deep));
		CHECK(jz_json_write(deeper, NULL, 0, COMPACT) == 0);
		json_decref(deep);
		json_decref(deeper);
	}
}

static void test_cycle(void) {
	json_t *outer = json_object(), *inner = json_array();
	json_object_set(outer, "inner", inner);
	json_array_append(inner, outer);
	char buffer[64];
	CHECK(jz_json_write(outer, buffer, sizeof buffer, COMPACT) == 0);
	CHECK(jz_json_write(inner, NULL, 0, COMPACT) == 0);
	json_array_clear(inner);
	CHECK(equal(outer));
	json_decref(inner);
	json_decref(outer);
}

/* The same value in two places is no cycle. */
static void test_shared(void) {
	json_t *leaf = json_pack("{s:i}", "a", 1), *json = json_pack("[OO{sO}]", leaf, leaf, "b", leaf);
	CHECK(equal(json));
	json_decref(leaf);
	json_decref(json);
}

/* What it does not write itself it leaves to jansson. */
static void test_flags(void) {
	static const size_t flags[] = { 0, JSON_INDENT(3) | JSON_PRESERVE_ORDER, JSON_INDENT(0) | JSON_PRESERVE_ORDER, JSON_COMPACT, COMPACT | JSON_SORT_KEYS, COMPACT | JSON_ENSURE_ASCII, COMPACT | JSON_ESCAPE_SLASH };
	json_t *json = json_pack("{s:[i, s], s:{}}", "z/", 1, "\xc3\xa9/", "a");
	for(size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		char ours[256], theirs[256];
		size_t length = json_dumpb(json, theirs, sizeof theirs, flags[i]);
		CHECK(length > 0 && jz_json_write(json, ours, sizeof ours, flags[i]) == length);
		CHECK(!memcmp(ours, theirs, length));
	}
	json_decref(json);
}

static void test_no_document(void) {
	json_t *json[] = { NULL, json_string("a"), json_integer(1), json_real(0.5), json_true(), json_null() };
	char buffer[16];
	for(size_t i = 0; i < sizeof json / sizeof *json; i++) {
		CHECK(jz_json_write(json[i], buffer, sizeof buffer, COMPACT) == 0);
		json_decref(json[i]);
	}
}

/* Text that is no UTF-8 can only come from a program's nocheck functions. */
static void test_bad_utf8(void) {
	for(int c = 0x80; c < 0x100; c++) {
		char text[4] = { 'x', (char)c, 'y', '\0' };
		json_t *value = json_object(), *key = json_object();
		json_object_set_new(value, "a", json_string_nocheck(text));
		CHECK(json_dumpb(value, NULL, 0, COMPACT) == 0 && jz_json_write(value, NULL, 0, COMPACT) == 0);
		/* Of such a key jansson leaves out all but a quotation mark. */
		json_object_set_new_nocheck(key, text, json_true());
		CHECK(jz_json_write(key, NULL, 0, COMPACT) == 0);
		json_decref(value);
		json_decref(key);
	}
}

int main(void) {
	tap_run("Janus's messages are written as jansson does", test_messages);
	tap_run("so are the smallest documents", test_small);
	tap_run("so is every byte, in text and in keys", test_bytes);
	tap_run("so is text beyond ASCII", test_utf8);
	tap_run("so is long text", test_long);
	tap_run("so are documents by chance, at every size of the buffer", test_random);
	tap_run("a value in two places is written twice", test_shared);
	tap_run("as deep as jansson reads, and no deeper", test_depth);
	tap_run("a cycle is refused", test_cycle);
	tap_run("other forms are left to jansson", test_flags);
	tap_run("what is no document is refused", test_no_document);
	tap_run("text that is no UTF-8 is refused", test_bad_utf8);
	return tap_end();
}
