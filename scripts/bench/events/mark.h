/* How an event that was made to measure with is known again, in compact JSON:
 *
 *     "bench":[RUN,NUMBER,TIME]
 *
 * The time is CLOCK_MONOTONIC in nanoseconds, right before the event is handed to the core. Numbers
 * count from FIRST_NUMBER on, so that all of them have as many digits and events the same size. */
#ifndef MARK_H
#define MARK_H

#define MARK "bench"

enum { FIRST_NUMBER = 1000000, MOST_EVENTS = 8000000 };

#endif
