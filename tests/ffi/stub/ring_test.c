/* The ring alone, in memory that is exactly as long as it says: whatever reads or writes outside is
 * seen by the address sanitizer. */
#include <errno.h>
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

static int peek_first(struct fixture *f) {
	struct jz_record record;
	const uint8_t *payload;
	uint64_t position = atomic_load(&f->control.head);
	return jz_ring_peek(&f->ring, &position, &record, &payload);
}

/* Two records of 64 bytes, of which the first's header is overwritten. */
static void corrupt_open(struct fixture *f, uint64_t position, uint32_t length, uint16_t kind) {
	fixture_open(f, 512, position);
	CHECK(write_number(&f->ring, 1, 24, 0) == 0 && write_number(&f->ring, 2, 24, 0) == 0);
	memcpy(f->ring.data + position % 512, &length, 4);
	memcpy(f->ring.data + position % 512 + 4, &kind, 2);
}

static void test_corrupt_lengths(void) {
	uint32_t lengths[] = { 89, 1000, 4096, 0x7fffffff, 0xfffffff8, 0xffffffff };
	struct fixture f;
	for(size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		corrupt_open(&f, 0, lengths[i], KIND);
		CHECK(peek_first(&f) == -EPROTO);
		fixture_close(&f);
	}
	/* Up to the tail it is some other record, but nothing outside. */
	corrupt_open(&f, 0, 88, KIND);
	CHECK(peek_first(&f) == 1);
	fixture_close(&f);
	/* Within tail, but over the ring's end. */
	corrupt_open(&f, 512 - 64, 32, KIND);
	CHECK(peek_first(&f) == -EPROTO);
	fixture_close(&f);
}

static void test_corrupt_skips(void) {
	struct fixture f;
	/* A skip record that leads beyond the tail. */
	corrupt_open(&f, 0, 0, JZ_SKIP);
	CHECK(peek_first(&f) == -EPROTO);
	fixture_close(&f);
	/* Less than a header before the end, and no skip record there. */
	corrupt_open(&f, 512 - 64, 24, KIND);
	atomic_store(&f.control.head, 512 - 32);
	CHECK(peek_first(&f) == -EPROTO);
	fixture_close(&f);
	/* Nothing but skip records: over and out. */
	fixture_open(&f, 512, 0);
	memset(f.ring.data, 0xff, 512);
	atomic_store(&f.control.tail, 512);
	CHECK(peek_first(&f) == 0);
	fixture_close(&f);
}

static void test_corrupt_indices(void) {
	uint64_t tails[] = { 4, 16, 129, 513, 520, 1 << 20, UINT64_MAX, UINT64_MAX - 7, 1ull << 63 };
	struct fixture f;
	struct jz_slot slot;
	for(size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		corrupt_open(&f, 0, 24, KIND);
		atomic_store(&f.control.tail, tails[i]);
		CHECK(peek_first(&f) == -EPROTO);
		fixture_close(&f);
	}
	/* Nor is anything written by them. */
	uint64_t unwritable[] = { 508, 4, 101, 520, 1 << 20, UINT64_MAX };
	for(size_t i = 0; i < sizeof unwritable / sizeof *unwritable; i++) {
		fixture_open(&f, 512, 0);
		atomic_store(&f.control.tail, unwritable[i]);
		CHECK(!jz_ring_reserve(&f.ring, &slot, false, 0));
		CHECK(!jz_ring_reserve(&f.ring, &slot, true, 0));
		CHECK(write_number(&f.ring, 1, 8, 0) == -EAGAIN);
		CHECK(write_number(&f.ring, 1, 200, 0) == -EAGAIN);
		fixture_close(&f);
	}
	corrupt_open(&f, 0, 24, KIND);
	atomic_store(&f.control.head, 4);
	CHECK(peek_first(&f) == -EPROTO);
	fixture_close(&f);
}

/* The peer moves the tail between our look at it and our writing. */
static void test_tail_moves(void) {
	struct fixture f;
	struct jz_slot slot;
	fixture_open(&f, 512, 64);
	CHECK(jz_ring_reserve(&f.ring, &slot, false, 0));
	atomic_store(&f.control.tail, 508);
	memset(slot.payload, 1, slot.room);
	struct jz_record record = { .length = 8, .kind = KIND };
	jz_ring_publish(&f.ring, &slot, &record);
	CHECK(atomic_load(&f.control.tail) == 64 + HEADER + 8);
	fixture_close(&f);
}

/* Any damage at all: no record that reaches outside, no endless loop. */
static void test_corrupt_randomly(void) {
	uint64_t seed = 42, refused = 0;
	for(int round = 0; round < 20000; round++) {
		struct fixture f;
		fixture_open(&f, 512, (tap_random(&seed) % 64) * 8);
		for(uint64_t i = 0; write_number(&f.ring, i, tap_random(&seed) % 60, 0) == 0; i++)
			if(i > 3)
				read_number(&f.ring, i - 4, 0);
		for(uint32_t n = tap_random(&seed) % 6 + 1; n > 0; n--) {
			uint32_t at = tap_random(&seed) % 512;
			f.ring.data[at] = tap_random(&seed) % 3 == 0 ? 0xff : (uint8_t)tap_random(&seed);
			if(tap_random(&seed) % 8 == 0)
				atomic_fetch_add(&f.control.tail, tap_random(&seed) % 1024);
			if(tap_random(&seed) % 16 == 0)
				atomic_fetch_add(&f.control.head, tap_random(&seed) % 64);
		}
		uint64_t position = atomic_load(&f.control.head);
		struct jz_record record;
		const uint8_t *payload;
		unsigned sum = 0;
		int result = 1, count = 0;
		while(result == 1 && CHECK(count++ < 64)) {
			result = jz_ring_peek(&f.ring, &position, &record, &payload);
			if(result == 1 && CHECK(payload >= f.ring.data + HEADER && record.length <= 512 - HEADER))
				for(uint32_t i = 0; i < record.length; i++)
					sum += payload[i];
		}
		CHECK(result == 0 || result == -EPROTO);
		refused += result == -EPROTO;
		write_number(&f.ring, sum, tap_random(&seed) % 200, 0);
		write_number(&f.ring, sum, 0, 0);
		fixture_close(&f);
	}
	CHECK(refused > 4000);
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
	tap_run("ring: corrupt lengths are refused", test_corrupt_lengths);
	tap_run("ring: corrupt skip records are refused", test_corrupt_skips);
	tap_run("ring: corrupt heads and tails are refused by reader and writer", test_corrupt_indices);
	tap_run("ring: a tail that moves under the writer leads nowhere", test_tail_moves);
	tap_run("ring: random damage is never followed outside", test_corrupt_randomly);
	tap_run("ring: the consumer's sleep and the producer's wake-up", test_sleep);
	tap_run("ring: an empty ring begins anew where its consumer offers it", test_rewind);
	tap_run("ring: what was refused leaves a gap in the sequence", test_gap);
	tap_run("ring: busy marks the record at head", test_busy);
	return tap_end();
}
