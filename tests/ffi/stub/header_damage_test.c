/* Shared memory whose header is spoilt: Janus's side neither crashes nor loops, and the next child
 * finds all of it as it should be. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "bridge.h"
#include "log.h"
#include "rescue.h"
#include "tap.h"

#define RING (1u << 16)
#define KIND 100
#ifdef __SANITIZE_THREAD__
#define ROUNDS 300
#else
#define ROUNDS 2000
#endif

void jz_log(int level, const char *format, ...) {
	(void)level;
	(void)format;
}

static uint64_t seed = 88172645463325252u;

static uint64_t chance(uint64_t below) {
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static int post(uint64_t number) {
	struct jz_record record = { .kind = KIND, .request = number };
	return jz_channel_post(&record, 0);
}

/* Any of the header's bytes, to anything; now and then all of them to the same. */
static void header_spoil(struct jz_shared *shared) {
	uint8_t *bytes = (uint8_t *)shared;
	if(chance(4) == 0) {
		static const uint8_t values[] = { 0, 0xff, 0x01, 0x08, 0x40, 0x7f, 0x80, 0xaa };
		memset(bytes, values[chance(sizeof values)], sizeof *shared);
		return;
	}
	/* What is before the status page is where all the words are that count. */
	size_t area = chance(2) == 0 ? offsetof(struct jz_shared, status) : sizeof *shared;
	for(uint64_t count = 1 + chance(64); count > 0; count--) {
		uint64_t word = chance(3) == 0 ? chance(1 << 20) * 8 : seed;
		size_t at = chance(area / 8) * 8;
		memcpy(bytes + at, &word, chance(2) == 0 ? 8 : 1 + chance(7));
	}
}

/* All that Janus's threads do with the memory, and the supervisor's. */
static void janus_works(struct jz_link *link) {
	struct jz_record record;
	const uint8_t *payload;
	for(uint64_t i = 0; i < 4; i++)
		post(i);
	uint64_t position = atomic_load(&link->shared->up.head);
	for(int i = 0; i < 1024 && jz_ring_peek(&link->up, &position, &record, &payload) == 1; i++) {
		volatile uint8_t last = record.length > 0 ? payload[record.length - 1] : 0;
		(void)last;
		jz_ring_consume(&link->up, position, false);
	}
	if(jz_ring_sleep(&link->up, atomic_load(&link->shared->up.head)) && jz_ring_offer(&link->up))
		jz_ring_regain(&link->up);
	json_decref(jz_channel_status());
	json_decref(jz_channel_show());
	jz_channel_trim();
	for(unsigned type = 0; type < JZ_DROP_TYPES; type++)
		jz_channel_refused_of(JZ_REFUSED_FULL, type);
}

static struct jz_link *attach(const struct jz_link *link) {
	int error = 0;
	struct jz_link *child = jz_attach(link->memory_fd, link->wake_child_fd, link->wake_janus_fd, &error);
	if(!CHECK(child != NULL))
		exit(1);
	return child;
}

/* What was posted arrives, and so does what is sent back. */
static bool serves(struct jz_link *link, struct jz_link *child) {
	struct jz_entry entries[64];
	while(jz_drain(child, entries, 64) > 0) /* what the ring still had */
		jz_commit(child, 0, 0);
	if(post(4711) != 0 || jz_drain(child, entries, 64) != 1 || entries[0].request != 4711)
		return false;
	jz_commit(child, 0, 0);
	struct jz_record record;
	const uint8_t *payload;
	uint64_t position = atomic_load(&link->shared->up.head);
	while(jz_ring_peek(&link->up, &position, &record, &payload) == 1)
		jz_ring_consume(&link->up, position, false);
	if(jz_push(child, KIND, 0, 0, 4712, "x", 1) != 0 || jz_ring_peek(&link->up, &position, &record, &payload) != 1)
		return false;
	jz_ring_consume(&link->up, position, false);
	return record.request == 4712 && *payload == 'x';
}

/* As the supervisor does when a child has ended. */
static void child_follow(struct jz_link *link, struct jz_rescue *rescue) {
	struct jz_record record;
	const uint8_t *payload;
	uint64_t position = atomic_load(&link->shared->up.head);
	atomic_store(&link->shared->up.rewind, JZ_REWIND_NO);
	int result;
	while((result = jz_ring_peek(&link->up, &position, &record, &payload)) == 1)
		jz_ring_consume(&link->up, position, false);
	rescue->spoilt = result < 0;
	jz_rescue_rings(rescue);
	jz_channel_renew();
}

static void test_header(void) {
	struct jz_rescue rescue = { .poison = JZ_NO_POISON };
	if(!CHECK(jz_channel_open("damage", RING, 0) == 0))
		exit(1);
	struct jz_link *link = jz_channel_link();
	jz_channel_renew();
	for(uint32_t round = 1; round <= ROUNDS; round++) {
		struct jz_link *child = attach(link);
		CHECK(jz_generation(child) == round && !jz_stopping(child));
		if(!CHECK(serves(link, child))) {
			printf("# round %u\n", round);
			break;
		}
		jz_detach(child);
		header_spoil(link->shared);
		janus_works(link);
		child_follow(link, &rescue);
	}
	jz_channel_close();
}

/* A record that ends two children is taken out also where others before it are kept back. */
static void test_poison(void) {
	struct jz_entry entries[8];
	struct jz_rescue rescue = { .poison = JZ_NO_POISON };
	if(!CHECK(jz_channel_open("damage", RING, 0) == 0))
		exit(1);
	struct jz_link *link = jz_channel_link();
	jz_channel_renew();
	for(uint64_t i = 1; i <= 5; i++)
		CHECK(post(i) == 0);
	for(int life = 0; life < 3; life++) {
		struct jz_link *child = attach(link);
		CHECK(jz_drain(child, entries, 8) == 5);
		CHECK(entries[2].kind == (life < 2 ? KIND : JZ_DOWN_NOTHING) && entries[3].kind == KIND);
		jz_pass(child, entries[1].offset, 1);
		jz_pass(child, entries[2].offset, 1);
		jz_detach(child); /* at the third */
		child_follow(link, &rescue);
		CHECK(jz_ring_used(&link->down) == 5 * sizeof(struct jz_record));
	}
	jz_channel_close();
}

/* The child's side follows no offset out of the memory. */
static void test_attach(void) {
	if(!CHECK(jz_channel_open("damage", RING, 0) == 0))
		exit(1);
	struct jz_link *link = jz_channel_link();
	struct jz_shared *shared = link->shared;
	jz_channel_renew();
	uint64_t *fields[] = { &shared->size, &shared->down_offset, &shared->down_size, &shared->up_offset, &shared->up_size };
	uint64_t wrong[] = { 0, 1, 7, RING / 2, UINT64_MAX, UINT64_MAX - 4095, 1ull << 63 };
	for(size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		for(size_t j = 0; j < sizeof wrong / sizeof *wrong; j++) {
			int error = 0;
			*fields[i] += wrong[j] | (wrong[j] == 0 ? 8 : 0);
			CHECK(jz_attach(link->memory_fd, -1, -1, &error) == NULL && error == EPROTO);
			jz_channel_renew();
		}
	}
	jz_detach(attach(link));
	jz_channel_close();
}

int main(void) {
	tap_run("header: whatever is written over it, the next child serves", test_header);
	tap_run("header: a record that ends two children is taken out, also behind others", test_poison);
	tap_run("header: sizes and offsets that make no sense are refused", test_attach);
	return tap_end();
}
