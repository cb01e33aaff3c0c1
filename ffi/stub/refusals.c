#include "refusals.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

/* "1200 media, 3 jsep" of the events that one cause has cost; empty if it has cost none. */
static void events_describe(char *text, size_t size, uint64_t *said, enum jz_refusal why) {
	static const char *const labels[JZ_DROP_TYPES] = JZ_DROP_LABELS;
	size_t length = 0;
	text[0] = '\0';
	for(unsigned type = 0; type < JZ_DROP_TYPES; type++) {
		uint64_t all = jz_channel_refused_of(why, type), count = all - said[type];
		said[type] = all;
		if(count == 0 || length >= size)
			continue;
		int more = snprintf(text + length, size - length, "%s%" PRIu64 " %s", length > 0 ? ", " : "", count, labels[type]);
		length += more > 0 ? (size_t)more : 0;
	}
}

static void events_log(struct jz_refusals *said, int ring_size, bool running) {
	char counts[JZ_REFUSALS][256];
	for(unsigned why = 0; why < JZ_REFUSALS; why++)
		events_describe(counts[why], sizeof counts[why], said->events[why], why);
	const char *held_up = !running ? "the plugin's process is not running"
		: jz_channel_stream_away() ? "they wait for the stream, whose NATS is away"
		: "the plugin's process is behind";
	if(*counts[JZ_REFUSED_FULL] != '\0')
		jz_log(LOG_WARN, "Events were dropped: %s (ring full: %s, and runtime.ring_size = %d MiB)",
			counts[JZ_REFUSED_FULL], held_up, ring_size);
	if(*counts[JZ_REFUSED_OVERSIZED] != '\0')
		jz_log(LOG_WARN, "Events were dropped: %s (longer than half of runtime.ring_size = %d MiB)", counts[JZ_REFUSED_OVERSIZED], ring_size);
	if(*counts[JZ_REFUSED_INVALID] != '\0')
		jz_log(LOG_WARN, "Events were dropped: %s (they cannot be written as JSON)", counts[JZ_REFUSED_INVALID]);
}

void jz_refusals_log(struct jz_refusals *said, bool events, int ring_size, bool running) {
	uint64_t counts[JZ_REFUSALS];
	if(events) {
		events_log(said, ring_size, running);
		return;
	}
	for(unsigned why = 0; why < JZ_REFUSALS; why++) {
		uint64_t all = jz_channel_refused(why);
		counts[why] = all - said->messages[why];
		said->messages[why] = all;
	}
	if(counts[JZ_REFUSED_FULL] > 0)
		jz_log(LOG_WARN, "%" PRIu64 " messages from Janus were dropped: the ring to the plugin's process is full (runtime.ring_size = %d MiB), which is %s",
			counts[JZ_REFUSED_FULL], ring_size, running ? "behind" : "not running");
	if(counts[JZ_REFUSED_OVERSIZED] > 0)
		jz_log(LOG_WARN, "%" PRIu64 " messages from Janus were refused: longer than the %zu bytes that runtime.ring_size = %d MiB allows",
			counts[JZ_REFUSED_OVERSIZED], jz_ring_longest(jz_channel_link()->down.size), ring_size);
	if(counts[JZ_REFUSED_INVALID] > 0)
		jz_log(LOG_WARN, "%" PRIu64 " messages from Janus were refused: they cannot be written as JSON", counts[JZ_REFUSED_INVALID]);
}
