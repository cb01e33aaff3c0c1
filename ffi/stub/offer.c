#include "offer.h"

bool jz_offer_make(struct jz_offer *offer, struct jz_ring *ring) {
	bool idle = !offer->out && jz_ring_sleep(ring, atomic_load(&ring->control->head));
	if(idle)
		offer->out = jz_ring_offer(ring);
	return idle;
}

bool jz_offer_take_back(struct jz_offer *offer, struct jz_ring *ring) {
	atomic_store(&ring->control->sleeping, 0);
	offer->out = offer->out && !jz_ring_regain(ring);
	return !offer->out;
}

void jz_offer_end(struct jz_offer *offer, struct jz_ring *ring) {
	offer->out = false;
	atomic_store(&ring->control->rewind, JZ_REWIND_NO);
}

bool jz_offer_kept(struct jz_offer *offer, uint64_t now_ms, uint64_t limit_ms) {
	if(!offer->out)
		offer->since_ms = 0;
	else if(offer->since_ms == 0)
		offer->since_ms = now_ms;
	return offer->out && now_ms - offer->since_ms >= limit_ms;
}
