/* A ring that is offered to its producer while there is nothing in it, to be begun anew, and taken back
 * before it is looked at. */
#ifndef JZ_OFFER_H
#define JZ_OFFER_H

#include "ring.h"

struct jz_offer {
	bool out; /* the ring is offered */
	bool idle; /* nothing was in it before the wait */
	uint64_t since_ms; /* since when it cannot be had back */
};

/* Before waiting for what comes: announces the sleep, and offers the ring. False: there is something in it. */
bool jz_offer_make(struct jz_offer *offer, struct jz_ring *ring);

/* After waiting. False: the producer is at it, for a moment, and nothing may be looked at. */
bool jz_offer_take_back(struct jz_offer *offer, struct jz_ring *ring, uint64_t now_ms);

/* The producer is no more. */
void jz_offer_end(struct jz_offer *offer, struct jz_ring *ring);

/* True if the producer keeps it: it gives it back within microseconds, if what stands there is no nonsense. */
bool jz_offer_kept(const struct jz_offer *offer, uint64_t now_ms, uint64_t limit_ms);

#endif
