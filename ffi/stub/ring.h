/* A byte ring in shared memory: records of any length, one consumer, producers that the caller
 * serialises. Head and tail run free and are compared by difference; a record never wraps. */
#ifndef JZ_RING_H
#define JZ_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.gen.h"

/* In shared memory. Who writes what stands beside it; both ends read everything. */
struct jz_ring_control {
	_Alignas(64) _Atomic uint64_t head; /* consumer: the oldest record not yet done with */
	_Atomic uint64_t at; /* consumer: the record that is handled next; those from head on are kept back */
	_Atomic uint32_t busy; /* consumer: 1 while the record at `at` is being handled */
	_Alignas(64) _Atomic uint64_t tail; /* producer: where the next record goes */
	_Alignas(64) _Atomic uint32_t sleeping; /* consumer sets, producer clears and wakes */
	_Atomic uint32_t starved; /* producer sets when it waits for room, consumer clears and wakes */
	_Atomic uint32_t rewind; /* enum jz_rewind: who may move head */
};

/* An idle ring begins anew, so that memory is used only as deep as the backlog is. */
enum jz_rewind {
	JZ_REWIND_NO, /* head is the consumer's */
	JZ_REWIND_OFFERED, /* by the consumer, of an empty ring: it touches nothing until it has it back */
	JZ_REWIND_TAKEN, /* by the producer, for a moment */
};

/* What an idle ring goes on to use without beginning anew. */
#define JZ_REWIND_BYTES (1u << 20)

/* One end of a ring, in the memory of the process that uses it. */
struct jz_ring {
	struct jz_ring_control *control;
	uint8_t *data;
	uint64_t size; /* bytes, a multiple of 8 */
	uint64_t sequence; /* producer: number of the last record */
	int wake_fd; /* eventfd of the other end, or -1 */
};

/* What precedes each payload. `length` and `kind` come first: a skip record is these 8 bytes. */
struct jz_record {
	uint32_t length; /* of the payload */
	uint16_t kind;
	uint16_t flags;
	/* What the record is about: for the plugins, nothing here looks at it. */
	uint32_t peer;
	uint16_t type, subtype;
	uint64_t session;
	uint64_t request;
	uint64_t sequence; /* written by the ring */
};

_Static_assert(sizeof(struct jz_record) == JZ_SIZE_RECORD_HEADER, "record header");
_Static_assert(offsetof(struct jz_record, session) == 16, "record header");

/* Room for one record, between jz_ring_reserve and jz_ring_publish. */
struct jz_slot {
	uint8_t *payload;
	size_t room; /* bytes at payload */
	uint64_t position;
	uint64_t tail; /* as it was checked: the one in shared memory may change meanwhile */
};

/* The longest payload that a ring of this size takes. */
size_t jz_ring_longest(uint64_t size);

/* Producer, before it reserves: moves an empty ring that the consumer has offered to its beginning. */
void jz_ring_rewind(const struct jz_ring *ring);

/* Consumer, with nothing in hand: offers an empty ring that is far from its beginning. Returns true if
 * it did; then it must look at nothing until jz_ring_regain is true, and start from head again. */
bool jz_ring_offer(const struct jz_ring *ring);
bool jz_ring_regain(const struct jz_ring *ring);

/* Finds contiguous room: behind the newest record, or (`wrap`) at the ring's beginning. `keep` bytes
 * of the ring are left free. Returns false where there is no room even for an empty record. */
bool jz_ring_reserve(const struct jz_ring *ring, struct jz_slot *slot, bool wrap, uint64_t keep);

/* Makes the slot's record visible, with the first `header->length` bytes of its payload, and wakes
 * the consumer if it sleeps. */
void jz_ring_publish(struct jz_ring *ring, const struct jz_slot *slot, const struct jz_record *header);

/* Counts a record that was refused: a gap between two sequence numbers tells how many there were. */
void jz_ring_skip_sequence(struct jz_ring *ring);

/* Copies one record in. Returns 0, -EAGAIN when the ring is full, -EMSGSIZE when it never fits. */
int jz_ring_write(struct jz_ring *ring, const struct jz_record *header, const void *payload, uint64_t keep);

/* The same, but a consumer that sleeps goes on sleeping until jz_ring_rouse or a later record wakes it. */
int jz_ring_add(struct jz_ring *ring, const struct jz_record *header, const void *payload, uint64_t keep);

/* Wakes the consumer if it sleeps. */
void jz_ring_rouse(struct jz_ring *ring);

/* The record at `*position` (start with head). Returns 1 with `header` and `payload` set and
 * `*position` behind the record, 0 when there is none, -EPROTO when the ring is corrupt. */
int jz_ring_peek(const struct jz_ring *ring, uint64_t *position, struct jz_record *header, const uint8_t **payload);

/* All before `position` is handled, but stays; `more` as below. */
void jz_ring_pass(struct jz_ring *ring, uint64_t position, bool more);

/* Takes a record out that others are in front of: the consumer finds one of kind JZ_DOWN_NOTHING there. */
void jz_ring_blank(const struct jz_ring *ring, const uint8_t *payload);

/* Gives up all before `position`; `more` tells whether the record there is being handled next. */
void jz_ring_consume(struct jz_ring *ring, uint64_t position, bool more);

/* Bytes between head and tail; more than `size` in a corrupt ring. */
uint64_t jz_ring_used(const struct jz_ring *ring);

/* Announces that the consumer, which has seen all before `position`, goes to sleep. Returns false (and
 * it must not) if there is more. */
bool jz_ring_sleep(struct jz_ring *ring, uint64_t position);

/* Adds one to an eventfd. */
void jz_wake(int fd);

#endif
