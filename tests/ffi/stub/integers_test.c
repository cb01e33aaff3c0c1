/* Integers of a .jcfg that libconfig would read as others. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "integers.h"
#include "tap.h"

/* Looks at a copy that is exactly as long as the text, so that the address sanitizer sees its ends. */
static bool beyond(const char *text, char *literal, size_t size, int *line) {
	char *copy = strdup(text);
	struct jz_integer found;
	bool is = jz_integers_beyond(copy, &found);
	if(is) {
		CHECK(found.text >= copy && found.length > 0 && found.text + found.length <= copy + strlen(copy));
		snprintf(literal, size, "%.*s", (int)found.length, found.text);
		*line = found.line;
	}
	free(copy);
	return is;
}

static void test_beyond(void) {
	static const struct { const char *text, *literal; int line; } cases[] = {
		{ "a = 4294967296", "4294967296", 1 }, { "a: 4294967297;", "4294967297", 1 }, { "a=2147483648", "2147483648", 1 },
		{ "a=-2147483649", "-2147483649", 1 }, { "a=+5000000000", "+5000000000", 1 }, { "a=5000000000L", "5000000000L", 1 },
		{ "a=5000000000LL}", "5000000000LL", 1 }, { "a=0xFFFFFFFF", "0xFFFFFFFF", 1 }, { "a=0X80000000L,", "0X80000000L", 1 },
		{ "a=99999999999999999999999999", "99999999999999999999999999", 1 }, { "a=00000000005000000000", "00000000005000000000", 1 },
		{ "a = [1,\n2,\n 5000000000]", "5000000000", 3 }, { "a=( { b=5000000000 } )", "5000000000", 1 },
		{ "# x\n/* y\n\n*/ a=5000000000", "5000000000", 4 }, { "a=\"\n\\\"\n\" b=5000000000", "5000000000", 3 },
		{ "a = 1 // b\r\n5000000000", "5000000000", 2 }, { "/*/ */5000000000", "5000000000", 1 }, { "/***/5000000000", "5000000000", 1 },
		{ "a-5 = 5000000000", "5000000000", 1 }, { "5000000000e", "5000000000", 1 }, { "\"\\\\\"5000000000", "5000000000", 1 },
		{ "1.5000000000 5000000000", "5000000000", 1 }, { "a=4294967296 b=5000000000", "4294967296", 1 },
	};
	char literal[64];
	int line;
	for(size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if(!CHECK(beyond(cases[i].text, literal, sizeof literal, &line) && !strcmp(literal, cases[i].literal) && line == cases[i].line))
			printf("# %s\n", cases[i].text);
}

static void test_within(void) {
	static const char *const cases[] = {
		"", "a = 2147483647", "a=-2147483648", "a=0x7fffffff", "a=5L", "a=00000000000000000007", "# 5000000000", "// 5000000000\r5000000000",
		"/* 5000000000 */", "/* 5000000000", "/* /* 5000000000 * /", "a=\"5000000000\"", "a=\"\\\"5000000000\"", "a=\"5000000000", "\"\\",
		"a=5000000000.0", "a=5000000000.", "a=.5000000000", "a=-.5000000000", "a=5000000000e1", "a=5e5000000000", "a=1.5E+5000000000",
		"a5000000000 = 1", "a-5000000000 = 1", "*5000000000 = 1", "a_5000000000=1", "@include \"/5000000000\"", "-", "+.", "0x", "/", "1e",
	};
	char literal[64];
	int line;
	for(size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if(!CHECK(!beyond(cases[i], literal, sizeof literal, &line)))
			printf("# %s\n", cases[i]);
}

/* ---- generated documents ---- */

static const char *pick(uint64_t *seed, const char *const *texts, size_t count) {
	return texts[tap_random(seed) % count];
}
#define PICK(texts) pick(seed, texts, sizeof texts / sizeof *texts)

/* Settings on a line each, of which one may be beyond; all else that looks like it is none. */
static int text_make(char *text, uint64_t *seed) {
	static const char *const fillers[] = { "", " ", "\t", "/* 9000000000 */", "/* \" */", "/*//*/", "/***/" };
	static const char *const values[] = { "1", "-2147483648", "0x7FFFFFFFL", "9e9", "9000000000.", "\"9000000000\"", "\"//\"", "\"/*\"", "\"\\\"\"", "true",
		"[ 1, 2 ]", "{ b9000000000 = 1 }", "( \"#\", 5L )" };
	static const char *const ends[] = { ";", "", ", // 9000000000 \" /*", "; # \" /* 9000000000" };
	int count = (int)(tap_random(seed) % 8) + 1, bad = tap_random(seed) % 2 ? (int)(tap_random(seed) % (uint32_t)count) + 1 : 0;
	for(int line = 1; line <= count; line++)
		text += sprintf(text, "%sa-9000000000%s%s%s%s%s%s\n", PICK(fillers), PICK(fillers), line % 2 ? "=" : ":", PICK(fillers),
			line == bad ? "9876543210" : PICK(values), PICK(fillers), PICK(ends));
	return bad;
}

static void test_generated(void) {
	char text[4096], literal[64];
	uint64_t numbers = 3, *seed = &numbers;
	for(int round = 0; round < 20000; round++) {
		int bad = text_make(text, seed), line = 0;
		bool is = beyond(text, literal, sizeof literal, &line);
		if(!CHECK(is == (bad != 0) && line == bad && (!is || !strcmp(literal, "9876543210"))))
			printf("# %d, not %d: %s\n", line, bad, text);
	}
}

/* Anything at all: never outside of it. */
static void test_damaged(void) {
	static const char bytes[] = "\"\\/*#\n9-+.eExXL0 ";
	char text[4096], literal[64];
	uint64_t numbers = 5, *seed = &numbers;
	int line;
	for(int round = 0; round < 20000; round++) {
		text_make(text, seed);
		size_t length = tap_random(seed) % (strlen(text) + 1);
		text[length] = '\0';
		for(uint32_t n = tap_random(seed) % 6; n > 0 && length > 0; n--)
			text[tap_random(seed) % length] = bytes[tap_random(seed) % (sizeof bytes - 1)];
		beyond(text, literal, sizeof literal, &line);
	}
}

int main(void) {
	tap_run("integers: those beyond 32 bits are found, with their lines", test_beyond);
	tap_run("integers: in strings, comments, names and fractions there are none", test_within);
	tap_run("integers: the one in a generated text is found", test_generated);
	tap_run("integers: a damaged text does no harm", test_damaged);
	return tap_end();
}
