/* A ring that the other end has spoilt: nothing in it is followed outside. */
#include <errno.h>
#include <string.h>

#include "ring_fixture.h"

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

int main(void) {
	tap_run("ring: corrupt lengths are refused", test_corrupt_lengths);
	tap_run("ring: corrupt skip records are refused", test_corrupt_skips);
	tap_run("ring: corrupt heads and tails are refused by reader and writer", test_corrupt_indices);
	tap_run("ring: a tail that moves under the writer leads nowhere", test_tail_moves);
	tap_run("ring: random damage is never followed outside", test_corrupt_randomly);
	return tap_end();
}
