/* Tests in C: each is a function, each prints one TAP line that names the build. */
#ifndef JZ_TAP_H
#define JZ_TAP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#if defined(__SANITIZE_THREAD__)
#define TAP_BUILD "thread"
#elif defined(__SANITIZE_ADDRESS__)
#define TAP_BUILD "address,undefined"
#else
#define TAP_BUILD "plain"
#endif

struct tap {
	int count, failed, complaints;
	const char *skip; /* set by a test that this build can't run */
};
static struct tap tap;

/* Says where, for the first few failures of a test: a loop would fill the screen. */
__attribute__((unused)) static bool tap_check(bool good, const char *what, const char *file, int line) {
	if(!good && tap.complaints++ < 5)
		printf("# %s:%d: %s\n", file, line, what);
	return good;
}

#define CHECK(condition) tap_check((condition), #condition, __FILE__, __LINE__)

__attribute__((unused)) static void tap_run(const char *name, void (*test)(void)) {
	tap.complaints = 0;
	tap.skip = NULL;
	test();
	bool failed = tap.complaints > 0;
	tap.failed += failed;
	printf("%sok %d - %s [%s]%s%s\n", failed ? "not " : "", ++tap.count, name, TAP_BUILD,
		tap.skip != NULL ? " # SKIP " : "", tap.skip != NULL ? tap.skip : "");
	fflush(stdout);
}

/* The exit code for main. */
__attribute__((unused)) static int tap_end(void) {
	printf("1..%d\n", tap.count);
	return tap.failed > 0;
}

/* xorshift64*: the same numbers in every run. */
__attribute__((unused)) static uint32_t tap_random(uint64_t *state) {
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * 0x2545f4914f6cdd1dull) >> 32);
}

#endif
