#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why != NULL ? why : strerror(errno));
	exit(1);
}

int64_t read_clock(clockid_t clock)
{
	struct timespec t;
	if (clock_gettime(clock, &t) < 0)
		die("a process that is watched", NULL);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

void write_all(int descriptor, const void *bytes, size_t length)
{
	const char *at = bytes;
	while (length > 0) {
		ssize_t written = write(descriptor, at, length);
		if (written < 0 && errno != EINTR)
			die("write", NULL);
		if (written > 0) {
			at += written;
			length -= (size_t)written;
		}
	}
}

void read_head(int descriptor, char *text, size_t size)
{
	size_t length = 0;
	do {
		ssize_t got = read(descriptor, text + length, size - 1 - length);
		if (got <= 0)
			die("the handshake", got == 0 ? "the connection was closed" : NULL);
		length += (size_t)got;
		text[length] = '\0';
	} while (strstr(text, "\r\n\r\n") == NULL && length < size - 1);
}

void durations_add(struct durations *durations, int64_t nanoseconds)
{
	if (durations->size == durations->capacity) {
		durations->capacity = durations->capacity == 0 ? 1 << 16 : durations->capacity * 2;
		size_t bytes = durations->capacity * sizeof *durations->values;
		durations->values = realloc(durations->values, bytes);
		if (durations->values == NULL)
			die("memory", NULL);
	}
	durations->values[durations->size++] = nanoseconds;
}

static int compare_durations(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
	return left < right ? -1 : left > right;
}

void durations_sort(struct durations *durations)
{
	qsort(durations->values, durations->size, sizeof *durations->values, compare_durations);
}

double durations_percentile(const struct durations *durations, double share)
{
	if (durations->size == 0)
		return 0;
	return (double)durations->values[(size_t)(share * (double)(durations->size - 1))] / 1e3;
}

void durations_print(const struct durations *durations)
{
	printf("{\"p50\":%.1f,\"p99\":%.1f,\"p99_9\":%.1f,\"most\":%.1f}",
		durations_percentile(durations, 0.5), durations_percentile(durations, 0.99),
		durations_percentile(durations, 0.999), durations_percentile(durations, 1));
}
