#include "ring.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define HEADER sizeof(struct jz_record)

static uint64_t align8(uint64_t n) {
	return (n + 7u) & ~(uint64_t)7u;
}

size_t jz_ring_longest(uint64_t size) {
	return (size_t)(size / JZ_SIZE_RECORD_SHARE - HEADER);
}

void jz_wake(int fd) {
	uint64_t one = 1;
	if(fd < 0)
		return;
	/* Full (EAGAIN) means that the other end has been told already. */
	while(write(fd, &one, sizeof one) < 0 && errno == EINTR)
		;
}

uint64_t jz_ring_used(const struct jz_ring *ring) {
	uint64_t head = atomic_load_explicit(&ring->control->head, memory_order_acquire);
	return atomic_load_explicit(&ring->control->tail, memory_order_acquire) - head;
}

/* A skip record may have no room for more than its first 8 bytes. */
static void skip_write(const struct jz_ring *ring, uint64_t position) {
	struct jz_record skip = { .kind = JZ_SKIP };
	memcpy(ring->data + position % ring->size, &skip, 8);
}

void jz_ring_rewind(const struct jz_ring *ring) {
	struct jz_ring_control *control = ring->control;
	uint32_t offered = JZ_REWIND_OFFERED;
	if(atomic_load_explicit(&control->rewind, memory_order_relaxed) != JZ_REWIND_OFFERED)
		return;
	/* Acquire pairs with jz_ring_offer. */
	if(!atomic_compare_exchange_strong(&control->rewind, &offered, JZ_REWIND_TAKEN))
		return;
	uint64_t tail = atomic_load_explicit(&control->tail, memory_order_relaxed);
	if(atomic_load_explicit(&control->head, memory_order_relaxed) == tail) {
		uint64_t begin = tail + (ring->size - tail % ring->size) % ring->size;
		/* Who looks in between, or finds it so as the producer has died here, sees a skip record. */
		skip_write(ring, tail);
		atomic_store(&control->tail, begin);
		atomic_store(&control->head, begin);
	}
	/* Release pairs with jz_ring_regain. */
	atomic_store(&control->rewind, JZ_REWIND_NO);
}

bool jz_ring_offer(const struct jz_ring *ring) {
	struct jz_ring_control *control = ring->control;
	uint64_t head = atomic_load_explicit(&control->head, memory_order_relaxed);
	if(head % ring->size < JZ_REWIND_BYTES || atomic_load(&control->tail) != head)
		return false;
	atomic_store(&control->rewind, JZ_REWIND_OFFERED);
	return true;
}

bool jz_ring_regain(const struct jz_ring *ring) {
	uint32_t offered = JZ_REWIND_OFFERED;
	return atomic_compare_exchange_strong(&ring->control->rewind, &offered, JZ_REWIND_NO) || offered == JZ_REWIND_NO;
}

bool jz_ring_reserve(const struct jz_ring *ring, struct jz_slot *slot, bool wrap, uint64_t keep) {
	uint64_t tail = atomic_load_explicit(&ring->control->tail, memory_order_relaxed);
	/* Pairs with jz_ring_consume: what we overwrite has been read. Sequentially consistent for the
	 * second look of a producer that has just set `starved`. */
	uint64_t used = tail - atomic_load(&ring->control->head);
	if(used > ring->size || tail % 8 != 0 || ring->size - used < keep)
		return false; /* The first two are a faulty peer; the supervisor will notice. */
	uint64_t free_bytes = ring->size - used - keep;
	uint64_t to_end = ring->size - tail % ring->size;
	uint64_t room;
	slot->tail = slot->position = tail;
	if(wrap) {
		if(free_bytes < to_end)
			return false;
		room = free_bytes - to_end;
		slot->position += to_end;
	} else {
		room = free_bytes < to_end ? free_bytes : to_end;
	}
	room &= ~(uint64_t)7u; /* so that a padded record fits as well */
	if(room < HEADER)
		return false;
	if(room > ring->size / JZ_SIZE_RECORD_SHARE)
		room = ring->size / JZ_SIZE_RECORD_SHARE;
	slot->payload = ring->data + slot->position % ring->size + HEADER;
	slot->room = (size_t)(room - HEADER);
	return true;
}

static void record_show(struct jz_ring *ring, const struct jz_slot *slot, const struct jz_record *header) {
	struct jz_ring_control *control = ring->control;
	struct jz_record record = *header;
	record.sequence = ++ring->sequence;
	memcpy(slot->payload - HEADER, &record, HEADER);
	if(slot->position != slot->tail)
		skip_write(ring, slot->tail);
	/* Sequentially consistent with `sleeping`: either jz_ring_rouse sees that the consumer sleeps, or it
	 * sees this record in jz_ring_sleep. */
	atomic_store(&control->tail, slot->position + HEADER + align8(header->length));
}

void jz_ring_rouse(struct jz_ring *ring) {
	struct jz_ring_control *control = ring->control;
	if(atomic_load(&control->sleeping) && atomic_exchange(&control->sleeping, 0))
		jz_wake(ring->wake_fd);
}

void jz_ring_publish(struct jz_ring *ring, const struct jz_slot *slot, const struct jz_record *header) {
	record_show(ring, slot, header);
	jz_ring_rouse(ring);
}

void jz_ring_skip_sequence(struct jz_ring *ring) {
	ring->sequence++;
}

int jz_ring_add(struct jz_ring *ring, const struct jz_record *header, const void *payload, uint64_t keep) {
	struct jz_slot slot;
	if(header->length > jz_ring_longest(ring->size))
		return -EMSGSIZE;
	jz_ring_rewind(ring);
	for(int wrap = 0; wrap < 2; wrap++) {
		if(!jz_ring_reserve(ring, &slot, wrap, keep) || slot.room < header->length)
			continue;
		if(header->length > 0)
			memcpy(slot.payload, payload, header->length);
		record_show(ring, &slot, header);
		return 0;
	}
	return -EAGAIN;
}

int jz_ring_write(struct jz_ring *ring, const struct jz_record *header, const void *payload, uint64_t keep) {
	int result = jz_ring_add(ring, header, payload, keep);
	if(result == 0)
		jz_ring_rouse(ring);
	return result;
}

int jz_ring_peek(const struct jz_ring *ring, uint64_t *position, struct jz_record *header, const uint8_t **payload) {
	for(;;) {
		/* Acquire pairs with jz_ring_publish: the record is complete. */
		uint64_t left = atomic_load_explicit(&ring->control->tail, memory_order_acquire) - *position;
		uint64_t offset = *position % ring->size, to_end = ring->size - offset;
		if(left > ring->size || left % 8 != 0 || offset % 8 != 0)
			return -EPROTO;
		if(left == 0)
			return 0;
		memcpy(header, ring->data + offset, 8);
		if(header->kind == JZ_SKIP) {
			if(to_end > left)
				return -EPROTO;
			*position += to_end;
			continue;
		}
		if(to_end < HEADER || left < HEADER)
			return -EPROTO;
		/* Copied once: what is checked is what is used, whatever the other end does meanwhile. */
		memcpy(header, ring->data + offset, HEADER);
		uint64_t whole = HEADER + align8(header->length);
		if(whole > left || whole > to_end || header->kind == JZ_SKIP)
			return -EPROTO;
		*payload = ring->data + offset + HEADER;
		*position += whole;
		return 1;
	}
}

void jz_ring_pass(struct jz_ring *ring, uint64_t position, bool more) {
	struct jz_ring_control *control = ring->control;
	/* `busy` only ever speaks of the record at `at`: lower it first, raise it last. */
	atomic_store_explicit(&control->busy, 0, memory_order_release);
	atomic_store_explicit(&control->at, position, memory_order_release);
	if(more)
		atomic_store_explicit(&control->busy, 1, memory_order_release);
}

void jz_ring_blank(const struct jz_ring *ring, const uint8_t *payload) {
	struct jz_record record;
	uint8_t *header = ring->data + (payload - ring->data) - HEADER;
	memcpy(&record, header, HEADER);
	record.kind = JZ_DOWN_NOTHING;
	memcpy(header, &record, HEADER);
}

void jz_ring_consume(struct jz_ring *ring, uint64_t position, bool more) {
	struct jz_ring_control *control = ring->control;
	atomic_store_explicit(&control->busy, 0, memory_order_release);
	atomic_store(&control->head, position);
	jz_ring_pass(ring, position, more);
	/* As with `sleeping`: either we see that the producer starves, or it sees the room. */
	if(atomic_load(&control->starved) && atomic_exchange(&control->starved, 0))
		jz_wake(ring->wake_fd);
}

bool jz_ring_sleep(struct jz_ring *ring, uint64_t position) {
	struct jz_ring_control *control = ring->control;
	atomic_store(&control->sleeping, 1);
	if(atomic_load(&control->tail) == position)
		return true;
	atomic_store(&control->sleeping, 0);
	return false;
}
