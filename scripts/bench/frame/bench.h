/* What the benchmarks' programs in C have in common. */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Ends the program with what failed and why; errno if there is no reason. */
_Noreturn void die(const char *what, const char *why);

/* Nanoseconds. */
int64_t read_clock(clockid_t clock);

/* Writes all of it to a blocking descriptor. */
void write_all(int descriptor, const void *bytes, size_t length);

/* Reads what precedes a blank line, as HTTP has it, and ends it with a NUL. */
void read_head(int descriptor, char *text, size_t size);

/* Durations in nanoseconds. */
struct durations {
	int64_t *values;
	size_t size, capacity;
};

void durations_add(struct durations *durations, int64_t nanoseconds);

/* Before percentiles are asked for. */
void durations_sort(struct durations *durations);

/* Microseconds; 0 if there are no durations. */
double durations_percentile(const struct durations *durations, double share);

/* Writes them to stdout, sorted before, as JSON: {"p50":..,"p99":..,"p99_9":..,"most":..}, in
 * microseconds. */
void durations_print(const struct durations *durations);

#endif
