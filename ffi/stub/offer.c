#include "offer.h"

bool jz_offer_make(struct jz_offer *offer, struct jz_ring *ring) {
	offer->idle = !offer->out && jz_ring_sleep(ring, atomic_load(&ring->control->head));
	if(offer->idle)
		offer->out = jz_ring_offer(ring);
	return offer->idle;
}

bool jz_offer_take_back(struct jz_offer *offer, struct jz_ring *ring, uint64_t now_ms) {
	atomic_store(&ring->control->sleeping, 0);
	if(offer->out) {
		offer->out = !jz_ring_regain(ring);
		if(offer->idle)
			offer->since_ms = now_ms;
	}
	return !offer->out;
}

void jz_offer_end(struct jz_offer *offer, struct jz_ring *ring) {
	offer->out = false;
	atomic_store(&ring->control->rewind, JZ_REWIND_NO);
}

bool jz_offer_kept(const struct jz_offer *offer, uint64_t now_ms, uint64_t limit_ms) {
	return offer->out && now_ms - offer->since_ms >= limit_ms;
}
