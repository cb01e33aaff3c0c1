/* A ring that is offered to its producer while there is nothing in it, to be begun anew, and taken back
 * before it is looked at. */
#ifndef JZ_OFFER_H
#define JZ_OFFER_H

#include "ring.h"

struct jz_offer {
	bool out; /* the ring is offered */
	uint64_t since_ms; /* since when it cannot be had back; 0: it can */
};

/* Before waiting for what comes: announces the sleep, and offers the ring. False: there is something in it. */
bool jz_offer_make(struct jz_offer *offer, struct jz_ring *ring);

/* After waiting. False: the producer is at it, for a moment, and nothing may be looked at. */
bool jz_offer_take_back(struct jz_offer *offer, struct jz_ring *ring);

/* The producer is no more. */
void jz_offer_end(struct jz_offer *offer, struct jz_ring *ring);

/* Now and then, after it was to be taken back. True if the producer has kept it for `limit_ms`: it gives it
 * back within microseconds, if what stands there is no nonsense. */
bool jz_offer_kept(struct jz_offer *offer, uint64_t now_ms, uint64_t limit_ms);

#endif
