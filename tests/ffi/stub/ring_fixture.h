/* A ring in memory that is exactly as long as it says: whatever reads or writes outside is seen by the
 * address sanitizer. */
#ifndef JZ_RING_FIXTURE_H
#define JZ_RING_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "ring.h"
#include "tap.h"

#define HEADER sizeof(struct jz_record)
#define KIND 7

struct fixture {
	struct jz_ring_control control;
	struct jz_ring ring;
};

static void fixture_open(struct fixture *fixture, uint64_t size, uint64_t position) {
	memset(fixture, 0, sizeof *fixture);
	fixture->ring = (struct jz_ring){ .control = &fixture->control, .data = malloc(size), .size = size, .wake_fd = -1 };
	memset(fixture->ring.data, 0xee, size);
	atomic_store(&fixture->control.head, position);
	atomic_store(&fixture->control.tail, position);
}

static void fixture_close(struct fixture *fixture) {
	free(fixture->ring.data);
}

static uint8_t pattern(uint64_t number, size_t i) {
	return (uint8_t)(number * 31 + i * 7);
}

static int write_number(struct jz_ring *ring, uint64_t number, uint32_t length, uint64_t keep) {
	uint8_t payload[4096];
	for(size_t i = 0; i < length; i++)
		payload[i] = pattern(number, i);
	struct jz_record record = { .length = length, .kind = KIND, .request = number };
	return jz_ring_write(ring, &record, payload, keep);
}

/* Peeks and consumes one record, which must be this one. */
static bool read_number(struct jz_ring *ring, uint64_t number, uint32_t length) {
	struct jz_record record;
	const uint8_t *payload;
	uint64_t position = atomic_load(&ring->control->head);
	if(jz_ring_peek(ring, &position, &record, &payload) != 1)
		return false;
	bool good = record.request == number && record.length == length && record.kind == KIND;
	for(size_t i = 0; good && i < length; i++)
		good = payload[i] == pattern(number, i);
	jz_ring_consume(ring, position, false);
	return good;
}

#endif
