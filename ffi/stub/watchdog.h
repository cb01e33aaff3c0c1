/* Tells a child that is stuck from one that has nothing to do. */
#ifndef JZ_WATCHDOG_H
#define JZ_WATCHDOG_H

#include "link.h"

struct jz_watchdog {
	uint64_t heartbeat, beat_ms; /* the last one, and when it was seen */
	uint64_t still_ms; /* since when it is still, with something to do */
	bool asked; /* woken with nothing to do, for a sign of life */
};

/* A child begins to be watched. */
void jz_watchdog_begin(struct jz_watchdog *watchdog, uint64_t now_ms);

/* Now and then. True if the child has not moved for `limit_ms`: once, and again after as long. */
bool jz_watchdog_check(struct jz_watchdog *watchdog, const struct jz_link *link, uint64_t now_ms, uint64_t limit_ms);

#endif
