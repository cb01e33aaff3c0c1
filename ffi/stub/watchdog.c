#include "watchdog.h"

void jz_watchdog_begin(struct jz_watchdog *watchdog, uint64_t now_ms) {
	watchdog->still_ms = watchdog->beat_ms = now_ms;
	watchdog->asked = false;
}

bool jz_watchdog_check(struct jz_watchdog *watchdog, const struct jz_link *link, uint64_t now_ms, uint64_t limit_ms) {
	uint64_t heartbeat = atomic_load(&link->shared->heartbeat);
	if(heartbeat != watchdog->heartbeat) {
		watchdog->heartbeat = heartbeat;
		jz_watchdog_begin(watchdog, now_ms);
	} else if(!watchdog->asked && atomic_load(&link->shared->down.sleeping) && jz_ring_used(&link->down) == 0) {
		/* Asleep with nothing to do is not stuck, but it is asked for a sign of life now and then. */
		watchdog->still_ms = now_ms;
		watchdog->asked = now_ms - watchdog->beat_ms >= limit_ms / 2;
		if(watchdog->asked)
			jz_wake(link->wake_child_fd);
	} else if(now_ms - watchdog->still_ms >= limit_ms) {
		watchdog->still_ms = now_ms;
		return true;
	}
	return false;
}
