/* What the ring could not take, said in the log. */
#ifndef JZ_REFUSALS_H
#define JZ_REFUSALS_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"

/* What was said so far. */
struct jz_refusals {
	uint64_t messages[JZ_REFUSALS];
	uint64_t events[JZ_REFUSALS][JZ_DROP_TYPES]; /* by type */
};

/* Says what was refused since the last call: of events by type, of messages all together. Once a second at
 * most, and never on a thread of Janus's. */
void jz_refusals_log(struct jz_refusals *said, bool events, int ring_size, bool running);

#endif
