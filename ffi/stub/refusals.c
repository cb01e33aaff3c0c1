#include "refusals.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "channel.h"
#include "log.h"

/* "1200 media, 3 jsep" of the events that one cause has cost; empty if it has cost none. */
static void events_describe(char *text, size_t size, uint64_t *said, unsigned place, const char *const *labels) {
	size_t length = 0;
	text[0] = '\0';
	for(unsigned type = 0; type < JZ_PLACE_EVENT_TYPES; type++) {
		uint64_t all = jz_channel_refused_events(place, type), count = all - said[type];
		said[type] = all;
		if(count == 0 || length >= size)
			continue;
		int more = snprintf(text + length, size - length, "%s%" PRIu64 " %s", length > 0 ? ", " : "", count, labels[type]);
		length += more > 0 ? (size_t)more : 0;
	}
}

static void events_log(struct jz_refusals *said, const char *const *labels, int ring_size, bool running) {
	char full[256], oversized[256];
	events_describe(full, sizeof full, said->events[0], JZ_PLACE_RING_FULL, labels);
	events_describe(oversized, sizeof oversized, said->events[1], JZ_PLACE_OVERSIZED, labels);
	if(*full != '\0')
		jz_log(LOG_WARN, "Events were dropped: %s (ring full: the isolate is %s, and runtime.ring_size = %d MiB)%s%s%s",
			full, running ? "behind" : "not running", ring_size,
			*oversized != '\0' ? "; " : "", oversized, *oversized != '\0' ? " (longer than half of it)" : "");
	else if(*oversized != '\0')
		jz_log(LOG_WARN, "Events were dropped: %s (longer than half of runtime.ring_size = %d MiB)", oversized, ring_size);
}

void jz_refusals_log(struct jz_refusals *said, const char *const *event_types, int ring_size, bool running) {
	uint64_t dropped_all, oversized_all;
	if(event_types != NULL) {
		events_log(said, event_types, ring_size, running);
		return;
	}
	jz_channel_refused(&dropped_all, &oversized_all);
	uint64_t dropped = dropped_all - said->dropped, oversized = oversized_all - said->oversized;
	said->dropped = dropped_all;
	said->oversized = oversized_all;
	if(dropped > 0)
		jz_log(LOG_WARN, "%" PRIu64 " messages from Janus were dropped: the ring to the isolate is full (runtime.ring_size = %d MiB) and the isolate is %s",
			dropped, ring_size, running ? "behind" : "not running");
	if(oversized > 0)
		jz_log(LOG_WARN, "%" PRIu64 " messages from Janus were refused: longer than the %zu bytes that runtime.ring_size = %d MiB allows",
			oversized, jz_ring_longest(jz_channel_link()->down.size), ring_size);
}
