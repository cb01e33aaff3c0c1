/* The ring alone: what goes in comes out, and what there is no room for stays out. */
#include <errno.h>
#include <string.h>

#include "ring_fixture.h"

static void test_roundtrip(void) {
	struct fixture f;
	fixture_open(&f, 512, 0);
	struct jz_record in = { .length = 5, .kind = 3, .flags = 0x8001, .peer = 0xfffffff0u, .type = 256, .subtype = 65535,
		.session = 9007199254740993u, .request = UINT64_MAX }, out;
	const uint8_t *payload;
	uint64_t position = 0;
	CHECK(jz_ring_peek(&f.ring, &position, &out, &payload) == 0);
	CHECK(jz_ring_write(&f.ring, &in, "hello", 0) == 0);
	CHECK(jz_ring_used(&f.ring) == HEADER + 8);
	CHECK(jz_ring_peek(&f.ring, &position, &out, &payload) == 1);
	CHECK(out.sequence == 1);
	in.sequence = 1;
	CHECK(!memcmp(&in, &out, sizeof in));
	CHECK(!memcmp(payload, "hello", 5));
	CHECK(position == HEADER + 8);
	CHECK(jz_ring_peek(&f.ring, &position, &out, &payload) == 0);
	/* Peeking takes nothing. */
	CHECK(jz_ring_used(&f.ring) == HEADER + 8);
	jz_ring_consume(&f.ring, position, false);
	CHECK(jz_ring_used(&f.ring) == 0);
	fixture_close(&f);
}

static void test_wrap(void) {
	uint64_t sizes[] = { 160, 512, 4096 }, seed = 1;
	for(size_t s = 0; s < 3; s++) {
		struct fixture f;
		uint32_t lengths[256];
		uint64_t written = 0, read = 0, full = 0, cramped = 0;
		fixture_open(&f, sizes[s], 0);
		while(read < 15000) {
			uint64_t tail = atomic_load(&f.control.tail), to_end = sizes[s] - tail % sizes[s];
			uint32_t length = tap_random(&seed) % (uint32_t)(jz_ring_longest(sizes[s]) + 1);
			bool writes = tap_random(&seed) % 2 == 0 && written - read < 256;
			int result = writes ? write_number(&f.ring, written, length, 0) : -EAGAIN;
			if(result == 0) {
				cramped += to_end < HEADER;
				lengths[written++ % 256] = length;
			} else if(writes) {
				full++;
				CHECK(result == -EAGAIN);
			}
			if(tap_random(&seed) % 2 == 0 && read < written) {
				if(!CHECK(read_number(&f.ring, read, lengths[read % 256])))
					break;
				read++;
			}
		}
		/* The case that matters came up: less than a header was left before the end. */
		CHECK(full > 100 && cramped > 100);
		CHECK(f.ring.sequence == written);
		fixture_close(&f);
	}
}

static void test_full(void) {
	struct fixture f;
	uint64_t count = 0;
	fixture_open(&f, 1024, 64);
	while(write_number(&f.ring, count, 24, 0) == 0)
		count++;
	CHECK(count == 1024 / 64);
	uint64_t tail = atomic_load(&f.control.tail), sequence = f.ring.sequence;
	CHECK(write_number(&f.ring, count, 0, 0) == -EAGAIN);
	CHECK(atomic_load(&f.control.tail) == tail && f.ring.sequence == sequence);
	CHECK(read_number(&f.ring, 0, 24));
	CHECK(write_number(&f.ring, count, 24, 0) == 0);
	CHECK(write_number(&f.ring, count, 24, 0) == -EAGAIN);
	for(uint64_t i = 1; i <= count; i++)
		CHECK(read_number(&f.ring, i, 24));
	CHECK(jz_ring_used(&f.ring) == 0);
	fixture_close(&f);
}

static void test_longest(void) {
	uint64_t size = 1024;
	uint32_t longest = (uint32_t)jz_ring_longest(size);
	CHECK(longest == 512 - HEADER);
	for(uint64_t position = 0; position < 2 * size; position += 8) {
		struct fixture f;
		fixture_open(&f, size, position);
		CHECK(write_number(&f.ring, position, longest + 1, 0) == -EMSGSIZE);
		CHECK(write_number(&f.ring, position, longest, 0) == 0);
		CHECK(read_number(&f.ring, position, longest));
		fixture_close(&f);
	}
}

static void test_keep(void) {
	struct fixture f;
	uint64_t count = 0, size = 1024, keep = size / 8;
	fixture_open(&f, size, 0);
	while(write_number(&f.ring, count, 24, keep) == 0)
		count++;
	CHECK(count == (size - keep) / 64);
	/* What was kept is there for those who may have it. */
	CHECK(write_number(&f.ring, count, 24, 0) == 0);
	CHECK(write_number(&f.ring, count + 1, 24, 0) == 0);
	CHECK(write_number(&f.ring, count + 2, 24, 0) == -EAGAIN);
	fixture_close(&f);
}

static void test_reserve(void) {
	struct fixture f;
	struct jz_slot slot;
	fixture_open(&f, 1024, 1024 - 104);
	/* Behind the newest record there are 64 bytes of payload, at the beginning as many as may be. */
	CHECK(jz_ring_reserve(&f.ring, &slot, false, 0) && slot.room == 64);
	CHECK(slot.payload == f.ring.data + 1024 - 64);
	CHECK(jz_ring_reserve(&f.ring, &slot, true, 0) && slot.room == 512 - HEADER);
	CHECK(slot.payload == f.ring.data + HEADER);
	CHECK(jz_ring_used(&f.ring) == 0);
	memcpy(slot.payload, "{}", 2);
	struct jz_record record = { .length = 2, .kind = KIND };
	jz_ring_publish(&f.ring, &slot, &record);
	CHECK(jz_ring_used(&f.ring) == 104 + HEADER + 8);
	uint64_t position = atomic_load(&f.control.head);
	const uint8_t *payload;
	CHECK(jz_ring_peek(&f.ring, &position, &record, &payload) == 1);
	CHECK(payload == f.ring.data + HEADER && position == 1024 + HEADER + 8);
	fixture_close(&f);
}

static void test_sleep(void) {
	struct fixture f;
	fixture_open(&f, 512, 0);
	CHECK(jz_ring_sleep(&f.ring, atomic_load(&f.control.head)) && atomic_load(&f.control.sleeping) == 1);
	CHECK(write_number(&f.ring, 1, 8, 0) == 0);
	CHECK(atomic_load(&f.control.sleeping) == 0); /* who wakes says so */
	CHECK(!jz_ring_sleep(&f.ring, atomic_load(&f.control.head)) && atomic_load(&f.control.sleeping) == 0);
	CHECK(read_number(&f.ring, 1, 8));
	CHECK(jz_ring_sleep(&f.ring, atomic_load(&f.control.head)));
	fixture_close(&f);
}

static void test_rewind(void) {
	struct fixture f;
	uint64_t size = 2 * JZ_REWIND_BYTES, far = 3 * size + JZ_REWIND_BYTES + 64;
	fixture_open(&f, size, far);
	/* Not unless it is offered. */
	CHECK(write_number(&f.ring, 1, 8, 0) == 0 && atomic_load(&f.control.tail) == far + HEADER + 8);
	CHECK(!jz_ring_offer(&f.ring)); /* nor while there is anything in it */
	CHECK(read_number(&f.ring, 1, 8));
	CHECK(jz_ring_offer(&f.ring));
	CHECK(write_number(&f.ring, 2, 8, 0) == 0);
	CHECK(atomic_load(&f.control.head) == 4 * size && jz_ring_used(&f.ring) == HEADER + 8);
	CHECK(jz_ring_regain(&f.ring) && read_number(&f.ring, 2, 8));
	/* Near the beginning it is not worth it. */
	CHECK(!jz_ring_offer(&f.ring));
	/* All of it can be used after. */
	uint64_t count = 0;
	while(write_number(&f.ring, count, 4000, 0) == 0)
		count++;
	CHECK(count >= size / (4000 + HEADER) - 1);
	for(uint64_t i = 0; i < count; i++)
		CHECK(read_number(&f.ring, i, 4000));
	/* What is offered can be taken back, but not while the producer is at it. */
	CHECK(jz_ring_offer(&f.ring) && jz_ring_regain(&f.ring));
	uint64_t tail = atomic_load(&f.control.tail);
	CHECK(write_number(&f.ring, 3, 8, 0) == 0 && atomic_load(&f.control.tail) == tail + HEADER + 8);
	atomic_store(&f.control.rewind, JZ_REWIND_TAKEN);
	CHECK(!jz_ring_regain(&f.ring));
	atomic_store(&f.control.rewind, JZ_REWIND_NO);
	CHECK(jz_ring_regain(&f.ring));
	/* An offer of a ring that is not empty is a fault of the consumer's, and changes nothing. */
	atomic_store(&f.control.rewind, JZ_REWIND_OFFERED);
	tail = atomic_load(&f.control.tail);
	CHECK(write_number(&f.ring, 4, 8, 0) == 0 && atomic_load(&f.control.tail) == tail + HEADER + 8);
	CHECK(read_number(&f.ring, 3, 8) && read_number(&f.ring, 4, 8));
	/* The producer dies in the middle: tail is at the beginning, head where it was. */
	far = atomic_load(&f.control.head);
	CHECK(jz_ring_offer(&f.ring) && write_number(&f.ring, 5, 8, 0) == 0);
	atomic_store(&f.control.head, far);
	CHECK(read_number(&f.ring, 5, 8));
	fixture_close(&f);
}

static void test_gap(void) {
	struct fixture f;
	struct jz_record record;
	const uint8_t *payload;
	uint64_t position = 0;
	fixture_open(&f, 512, 0);
	CHECK(write_number(&f.ring, 1, 8, 0) == 0);
	jz_ring_skip_sequence(&f.ring);
	jz_ring_skip_sequence(&f.ring);
	CHECK(write_number(&f.ring, 2, 8, 0) == 0);
	CHECK(jz_ring_peek(&f.ring, &position, &record, &payload) == 1 && record.sequence == 1);
	CHECK(jz_ring_peek(&f.ring, &position, &record, &payload) == 1 && record.sequence == 4);
	fixture_close(&f);
}

static void test_busy(void) {
	struct fixture f;
	fixture_open(&f, 512, 0);
	CHECK(write_number(&f.ring, 1, 8, 0) == 0 && write_number(&f.ring, 2, 8, 0) == 0);
	jz_ring_consume(&f.ring, 48, true);
	CHECK(atomic_load(&f.control.busy) == 1 && atomic_load(&f.control.head) == 48);
	jz_ring_consume(&f.ring, 96, false);
	CHECK(atomic_load(&f.control.busy) == 0 && jz_ring_used(&f.ring) == 0);
	fixture_close(&f);
}

int main(void) {
	tap_run("ring: a record comes out as it went in", test_roundtrip);
	tap_run("ring: records wrap around, also where less than a header is left", test_wrap);
	tap_run("ring: a full ring refuses and stays as it is", test_full);
	tap_run("ring: the longest record fits an empty ring wherever its tail is", test_longest);
	tap_run("ring: what is kept back is left to others", test_keep);
	tap_run("ring: a reserved slot is published with the length that was needed", test_reserve);
	tap_run("ring: the consumer's sleep and the producer's wake-up", test_sleep);
	tap_run("ring: an empty ring begins anew where its consumer offers it", test_rewind);
	tap_run("ring: what was refused leaves a gap in the sequence", test_gap);
	tap_run("ring: busy marks the record that is handled", test_busy);
	return tap_end();
}
