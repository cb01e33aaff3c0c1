/* What the stub reads of a configuration by itself. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings.h"
#include "settings.gen.h"
#include "tap.h"

#define PACKAGE "test.package"

/* Blanks a copy that is exactly as long as the text, so that the address sanitizer sees its ends. */
static char *blanked(const char *text, size_t length) {
	char *copy = malloc(length > 0 ? length : 1);
	memcpy(copy, text, length);
	jz_jsonc_blank(copy, length);
	for(size_t i = 0; i < length; i++) /* every character stays, or is a blank */
		CHECK(copy[i] == text[i] || copy[i] == ' ');
	return copy;
}

/* Whether a text is another one but for blanks outside of strings. */
static bool blanks_to(const char *text, const char *expected) {
	size_t length = strlen(text), at = 0;
	char *copy = blanked(text, length);
	bool same = true, string = false;
	for(size_t i = 0; i < length && same; i++) {
		if(!string && strchr(" \t\r\n", copy[i]) != NULL)
			continue;
		same = copy[i] == expected[at++];
		if(copy[i] == '"')
			string = !string;
		if(string && copy[i] == '\\' && i + 1 < length)
			same = same && copy[++i] == expected[at++];
	}
	same = same && expected[at] == '\0';
	if(!same)
		printf("# %s became %.*s, not %s\n", text, (int)length, copy, expected);
	free(copy);
	return same;
}

static void test_strip(void) {
	static const char *const cases[][2] = {
		{ "", "" }, { " \n", "" }, { "{}", "{}" },
		{ "{ \"a\" : 1 }", "{\"a\":1}" },
		{ "// one\n[1] // two", "[1]" }, { "[1] //", "[1]" }, { "/", "/" }, { "//", "" },
		{ "/* a */[1/* b */,/**/2]/*", "[1,2]" }, { "[/*/ 1 */2]", "[2]" }, { "[/***/1]", "[1]" },
		{ "/*/", "" }, { "/*", "" }, { "/* *", "" },
		{ "[1,]", "[1]" }, { "{\"a\":1 , // last\n }", "{\"a\":1}" }, { "[[1,],]", "[[1]]" },
		{ "[\",]\", \"//\", \"/*\"]", "[\",]\",\"//\",\"/*\"]" },
		{ "[\"\\\"//\", \"\\\\\" , ]", "[\"\\\"//\",\"\\\\\"]" },
		{ "[\",\",]", "[\",\"]" }, { "\"", "\"" }, { "\"\\", "\"\\" }, { "\"\\\"", "\"\\\"" }, { "\"\"", "\"\"" },
		{ "[\" a  b \"]", "[\" a  b \"]" },
		{ "[1 2]", "[12]" }, { "// a\r[1]//\r\n", "[1]" }, { "/* */ // */\r{}", "{}" },
		{ "\xef\xbb\xbf{}", "{}" }, { "\xef\xbb", "\xef\xbb" },
	};
	for(size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK(blanks_to(cases[i][0], cases[i][1]));
}

/* ---- generated documents ---- */

struct text {
	char bytes[1 << 16];
	size_t length;
};

static void add(struct text *text, const char *more) {
	size_t length = strlen(more);
	if(text->length + length < sizeof text->bytes) {
		memcpy(text->bytes + text->length, more, length);
		text->length += length;
	}
}

/* What may stand between two tokens. */
static void add_filler(struct text *text, uint64_t *seed) {
	static const char *const fillers[] = { "", "", "", " ", "\t", "\r\n", "// x, ] } \"\n", "/* \" */", "/**/", "/* ,] // */ ", "//\n" };
	for(uint32_t n = tap_random(seed) % 3; n > 0; n--)
		add(text, fillers[tap_random(seed) % (sizeof fillers / sizeof *fillers)]);
}

static void add_string(struct text *text, json_t *string) {
	char *dumped = json_dumps(string, JSON_ENCODE_ANY);
	add(text, dumped);
	free(dumped);
}

static json_t *string_make(uint64_t *seed) {
	static const char *const parts[] = { "a", "//", "/*", "*/", ",]", ",}", "\"", "\\", "\n", "é", " ", "[" };
	char bytes[64] = "";
	for(uint32_t n = tap_random(seed) % 6; n > 0; n--)
		strcat(bytes, parts[tap_random(seed) % (sizeof parts / sizeof *parts)]);
	return json_string(bytes);
}

/* Writes a random value as JSONC and returns it. */
static json_t *value_make(struct text *text, uint64_t *seed, int depth) {
	uint32_t what = tap_random(seed) % (depth > 4 ? 3 : 6);
	json_t *value;
	add_filler(text, seed);
	if(what == 0) {
		value = json_integer((int)tap_random(seed));
		add_string(text, value);
	} else if(what == 1) {
		value = tap_random(seed) % 2 ? json_true() : json_null();
		add_string(text, value);
	} else if(what == 2) {
		value = string_make(seed);
		add_string(text, value);
	} else {
		bool array = what == 3;
		uint32_t count = tap_random(seed) % 5;
		value = array ? json_array() : json_object();
		add(text, array ? "[" : "{");
		for(uint32_t i = 0; i < count; i++) {
			char key[16];
			snprintf(key, sizeof key, "\"k%u//\"", i);
			if(!array) {
				add_filler(text, seed);
				add(text, key);
				add_filler(text, seed);
				add(text, ":");
				snprintf(key, sizeof key, "k%u//", i);
			}
			json_t *member = value_make(text, seed, depth + 1);
			if(array)
				json_array_append_new(value, member);
			else
				json_object_set_new(value, key, member);
			if(i + 1 < count || tap_random(seed) % 2)
				add(text, ",");
			add_filler(text, seed);
		}
		add(text, array ? "]" : "}");
	}
	add_filler(text, seed);
	return value;
}

static void test_strip_generated(void) {
	static struct text text;
	uint64_t seed = 7;
	int compared = 0;
	for(int round = 0; round < 6000; round++) {
		text.length = 0;
		json_t *expected = value_make(&text, &seed, 0);
		if(text.length + 100 < sizeof text.bytes) {
			char *copy = blanked(text.bytes, text.length);
			json_t *parsed = json_loadb(copy, text.length, JSON_DECODE_ANY, NULL);
			compared++;
			if(!CHECK(json_equal(parsed, expected)))
				printf("# %.*s\n", (int)text.length, text.bytes);
			json_decref(parsed);
			free(copy);
		}
		json_decref(expected);
	}
	CHECK(compared > 5900);
}

/* Anything at all: never longer, never outside; and no ending is cut into something that parses
 * when an unfinished string or bracket is left. */
static void test_strip_damaged(void) {
	static struct text text;
	static const char bytes[] = "\"\\/*,]}[{ \n\0a1";
	uint64_t seed = 11;
	for(int round = 0; round < 20000; round++) {
		text.length = 0;
		json_decref(value_make(&text, &seed, 1));
		size_t length = text.length > 0 ? tap_random(&seed) % (text.length + 1) : 0;
		char *copy = malloc(length > 0 ? length : 1);
		memcpy(copy, text.bytes, length);
		for(uint32_t n = tap_random(&seed) % 4; n > 0 && length > 0; n--)
			copy[tap_random(&seed) % length] = bytes[tap_random(&seed) % (sizeof bytes - 1)];
		free(blanked(copy, length));
		free(copy);
	}
	CHECK(blanks_to("[1", "[1") && blanks_to("{\"a\":\"b,}", "{\"a\":\"b,}"));
}

/* ---- files ---- */

static char folder[] = "build/test/stub/settings-XXXXXX";

static void file_write(const char *name, const void *bytes, size_t length) {
	char *path;
	if(asprintf(&path, "%s/%s", folder, name) < 0)
		exit(1);
	FILE *file = fopen(path, "w");
	CHECK(file != NULL && fwrite(bytes, 1, length, file) == length);
	fclose(file);
	free(path);
}

static void file_remove(const char *name) {
	char *path;
	if(asprintf(&path, "%s/%s", folder, name) < 0)
		exit(1);
	unlink(path);
	free(path);
}

static struct jz_settings settings;

static bool settings_from(const char *text) {
	char *reason = NULL;
	file_write(PACKAGE ".jsonc", text, strlen(text));
	int result = jz_settings_read(&settings, folder, PACKAGE, &reason);
	free(reason);
	file_remove(PACKAGE ".jsonc");
	return result == 0;
}

static bool is_default(void) {
	return !strcmp(settings.deno, "") && settings.startup_timeout == JZ_RUNTIME_STARTUP_TIMEOUT_DEFAULT &&
		settings.watchdog == JZ_RUNTIME_WATCHDOG_DEFAULT && settings.ring_size == JZ_RUNTIME_RING_SIZE_DEFAULT &&
		settings.max_heap == JZ_RUNTIME_MAX_HEAP_DEFAULT && !settings.jitless && settings.fault == NULL;
}

static void test_read(void) {
	CHECK(settings_from("// mine\n{ \"runtime\": { \"deno\": \"/opt/deno\", \"startup_timeout\": 3, \"watchdog\": \"7\","
		"\"ring_size\": 2, \"max_heap\": 64.0, \"jitless\": \"yes\", }, }"));
	CHECK(!strcmp(settings.deno, "/opt/deno") && settings.startup_timeout == 3 && settings.watchdog == 7);
	CHECK(settings.ring_size == 2 && settings.max_heap == 64 && settings.jitless);
	CHECK(!strcmp(json_string_value(json_object_get(settings.source, "format")), "jsonc"));
	CHECK(!strncmp(json_string_value(json_object_get(settings.source, "text")), "// mine\n", 8));
	jz_settings_free(&settings);
	/* An editor's byte order mark is no reason to overlook what is set. */
	CHECK(settings_from("\xef\xbb\xbf{ \"runtime\": { \"watchdog\": 9 } }"));
	CHECK(settings.watchdog == 9);
	jz_settings_free(&settings);
}

static void test_read_defaults(void) {
	static const char *const texts[] = {
		"{}", "[]", "{ \"runtime\": 5 }", "{ \"runtime\": { \"deno\": \"\", \"watchdog\": 0 } }",
		"{ \"runtime\": { \"startup_timeout\": 61, \"watchdog\": -1, \"ring_size\": 1025, \"max_heap\": 31 } }",
		"{ \"runtime\": { \"startup_timeout\": \"ten\", \"watchdog\": \"\", \"ring_size\": null, \"max_heap\": [] } }",
		"{ \"runtime\": { \"startup_timeout\": 1e300, \"watchdog\": \"nan\", \"ring_size\": \"inf\", \"max_heap\": \"-inf\" } }",
		"{ \"runtime\": { \"jitless\": 2.5, \"deno\": 7 } }", "{ \"runtime\": { \"jitless\": \"maybe\" } }",
	};
	for(size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if(!CHECK(settings_from(texts[i]) && is_default()))
			printf("# %s\n", texts[i]);
		jz_settings_free(&settings);
	}
}

static void test_read_none(void) {
	char *reason = NULL;
	CHECK(jz_settings_read(&settings, folder, PACKAGE, &reason) == 0 && reason == NULL && is_default());
	CHECK(!strcmp(json_string_value(json_object_get(settings.source, "format")), "none"));
	CHECK(strstr(json_string_value(json_object_get(settings.source, "path")), PACKAGE ".jcfg") != NULL);
	jz_settings_free(&settings);
}

static void test_read_ignored(void) {
	file_write(PACKAGE ".jcfg", "x", 1);
	CHECK(settings_from("{}"));
	const char *ignored = json_string_value(json_object_get(settings.source, "ignored"));
	CHECK(ignored != NULL && strstr(ignored, PACKAGE ".jcfg") != NULL);
	jz_settings_free(&settings);
	file_remove(PACKAGE ".jcfg");
}

static void test_read_refused(void) {
	size_t size = (4u << 20) + 1;
	char *reason = NULL, *spaces = malloc(size);
	memset(spaces, ' ', size);
	file_write(PACKAGE ".jsonc", spaces, size);
	CHECK(jz_settings_read(&settings, folder, PACKAGE, &reason) == -EFBIG);
	CHECK(reason != NULL && strstr(reason, PACKAGE ".jsonc") != NULL);
	free(reason);
	reason = NULL;
	file_write(PACKAGE ".jsonc", "{\"\xff\":1}", 7);
	CHECK(jz_settings_read(&settings, folder, PACKAGE, &reason) == -EILSEQ);
	CHECK(reason != NULL && strstr(reason, "UTF-8") != NULL);
	free(reason);
	reason = NULL;
	file_remove(PACKAGE ".jsonc");
	char *path;
	CHECK(asprintf(&path, "%s/%s.jsonc", folder, PACKAGE) > 0 && mkdir(path, 0700) == 0);
	CHECK(jz_settings_read(&settings, folder, PACKAGE, &reason) == -EINVAL);
	CHECK(reason != NULL && strstr(reason, "it is no file") != NULL && settings.deno == NULL && settings.source == NULL);
	rmdir(path);
	free(reason);
	reason = NULL;
	/* Nobody will ever write into it. */
	CHECK(mkfifo(path, 0600) == 0);
	CHECK(jz_settings_read(&settings, folder, PACKAGE, &reason) == -EINVAL);
	CHECK(reason != NULL && strstr(reason, "FIFO") != NULL);
	unlink(path);
	free(reason);
	reason = NULL;
	CHECK(symlink("nothing", path) == 0);
	CHECK(jz_settings_read(&settings, folder, PACKAGE, &reason) == -ENOENT && reason != NULL);
	unlink(path);
	free(path);
	free(reason);
	free(spaces);
}

/* libconfig would make 0 of it; the parser itself is not here. */
static void test_jcfg_integer(void) {
	static const char *const texts[] = { "# x\nlimits: { max_rate = 4294967296 }", "# x\nx = 4294967296L" };
	char *reason = NULL, *path, more[512];
	for(size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		file_write(PACKAGE ".jcfg", texts[i], strlen(texts[i]));
		CHECK(jz_settings_read(&settings, folder, PACKAGE, &reason) == -ERANGE);
		CHECK(reason != NULL && strstr(reason, PACKAGE ".jcfg:2: 4294967296") != NULL && strstr(reason, "beyond 32 bits") != NULL);
		free(reason);
		reason = NULL;
	}
	/* Neither in a file that it includes. */
	file_write("more.cfg", texts[0], strlen(texts[0]));
	CHECK(asprintf(&path, "%s/more.cfg", folder) > 0);
	snprintf(more, sizeof more, "a = 1\n @include \"%s\"\n", path);
	file_write(PACKAGE ".jcfg", more, strlen(more));
	CHECK(jz_settings_read(&settings, folder, PACKAGE, &reason) == -EINVAL);
	CHECK(reason != NULL && strstr(reason, "more.cfg:2: 4294967296") != NULL);
	free(reason);
	free(path);
	file_remove("more.cfg");
	file_remove(PACKAGE ".jcfg");
}

/* What jansson does not take is handed over with the reason, and nothing of it is used. */
static void test_fault(void) {
	static const char *const cases[][2] = {
		{ "", ".jsonc:1:" }, { "{", ".jsonc:1:1:" }, { "{ \"a\": \"\\ud800\" }", ".jsonc:1:" },
		{ "// x\n\n{ \"runtime\": { \"max_heap\": 64 },\n  \"n\": 123456789012345678901 }", ".jsonc:4:" },
		{ "{ \"a\": 1e999 }", ".jsonc:1:" }, { "{ \"a\": \"\\u0000\" }", ".jsonc:1:" }, { "{ \"a\": 1, \"a\": 2 }", ".jsonc:1:" },
	};
	for(size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CHECK(settings_from(cases[i][0]));
		if(!CHECK(settings.fault != NULL && strstr(settings.fault, cases[i][1]) != NULL))
			printf("# %s: %s\n", cases[i][0], settings.fault);
		CHECK(settings.max_heap == JZ_RUNTIME_MAX_HEAP_DEFAULT && settings.readable == NULL);
		CHECK(json_object_get(settings.source, "tree") == NULL && json_object_get(settings.source, "text") != NULL);
		const char *fault = json_string_value(json_object_get(settings.source, "fault"));
		CHECK(fault != NULL && !strcmp(fault, settings.fault));
		jz_settings_free(&settings);
	}
	CHECK(settings_from("{ \"a\": [1] }"));
	CHECK(settings.fault == NULL && json_object_get(json_object_get(settings.source, "tree"), "a") != NULL);
	jz_settings_free(&settings);
}

static void test_readable(void) {
	char *real = realpath(folder, NULL), expected[4096], text[4096];
	snprintf(expected, sizeof expected, "%s/server.key,%s/server.pub,%s/keys/clients,%s/admin users", real, real, real, real);
	snprintf(text, sizeof text, "{ \"security\": { \"secret_key\": \"server.key\", \"clients\": \"%s/keys/clients\", \"users\": \"a,b\" },"
		"\"admin_security\": { \"secret_key\": \"/etc/hostname\", \"clients\": \"../up\", \"users\": \"admin users\" }, \"users\": \"no\" }", real);
	CHECK(settings_from(text));
	if(!CHECK(settings.readable != NULL && !strcmp(settings.readable, expected)))
		printf("# %s, not %s\n", settings.readable, expected);
	CHECK(!strcmp(json_string_value(json_object_get(settings.source, "folder")), real));
	jz_settings_free(&settings);
	static const char *const none[] = { "{}", "{ \"security\": 1 }", "{ \"security\": { \"users\": [\"a\"] } }", "{ \"security\": { \"users\": \"a/..\" } }" };
	for(size_t i = 0; i < sizeof none / sizeof *none; i++) {
		CHECK(settings_from(none[i]) && settings.readable == NULL);
		jz_settings_free(&settings);
	}
	free(real);
}

int main(void) {
	if(mkdtemp(folder) == NULL)
		return 1;
	tap_run("settings: comments, white space and trailing commas go, strings stay", test_strip);
	tap_run("settings: generated JSONC parses to what it was made of", test_strip_generated);
	tap_run("settings: damaged JSONC does no harm", test_strip_damaged);
	tap_run("settings: the runtime section is read", test_read);
	tap_run("settings: what makes no sense is the default", test_read_defaults);
	tap_run("settings: without a file all is the default", test_read_none);
	tap_run("settings: a .jsonc goes before a .jcfg, and says so", test_read_ignored);
	tap_run("settings: a file that cannot be read is named", test_read_refused);
	tap_run("settings: integers that Janus's parser would read as others are refused", test_jcfg_integer);
	tap_run("settings: JSON that one reader takes and another doesn't is handed over as such", test_fault);
	tap_run("settings: the files that the process may read are those that are named", test_readable);
	rmdir(folder);
	return tap_end();
}
