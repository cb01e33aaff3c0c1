/* The shared memory and what the child calls. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "link_fixture.h"

static struct jz_link *attach_anew(void) {
	int error = 0;
	jz_link_renew(&janus);
	struct jz_link *link = jz_attach(janus.memory_fd, janus.wake_child_fd, janus.wake_janus_fd, &error);
	if(!CHECK(link != NULL))
		exit(1);
	return link;
}

static int post(uint64_t number, uint32_t length) {
	static const char zeros[4096];
	struct jz_record record = { .kind = KIND, .request = number, .length = length };
	return jz_ring_write(&janus.down, &record, zeros, 0);
}

/* ---- drain and commit ---- */

static void test_commit(void) {
	struct jz_entry entries[8];
	links_open(4096);
	for(uint64_t i = 1; i <= 5; i++)
		CHECK(post(i, 24) == 0);
	struct jz_ring_control *down = &janus.shared->down;
	CHECK(jz_drain(&child, entries, 3) == 3);
	CHECK(entries[0].request == 1 && entries[2].request == 3 && entries[2].sequence == 3);
	CHECK(atomic_load(&down->head) == 0 && atomic_load(&down->busy) == 1);
	jz_commit(&child, entries[1].offset, 1);
	CHECK(atomic_load(&down->head) == 64 && atomic_load(&down->busy) == 1);
	jz_commit(&child, entries[2].offset, 1);
	jz_commit(&child, 0, 0);
	CHECK(atomic_load(&down->head) == 192 && atomic_load(&down->busy) == 0);
	CHECK(jz_drain(&child, entries, 8) == 2 && entries[0].request == 4);
	jz_commit(&child, entries[1].offset, 1);
	jz_commit(&child, 0, 0);
	CHECK(jz_drain(&child, entries, 8) == 0 && atomic_load(&down->busy) == 0);
	jz_link_destroy(&janus);
}

/* What is passed stays in the ring, over several batches, until it is released. */
static void test_pass(void) {
	struct jz_entry entries[8];
	links_open(4096);
	struct jz_ring_control *down = &janus.shared->down;
	for(uint64_t i = 1; i <= 5; i++)
		CHECK(post(i, 24) == 0);
	CHECK(jz_drain(&child, entries, 3) == 3);
	jz_pass(&child, entries[1].offset, 1);
	CHECK(atomic_load(&down->head) == 0 && atomic_load(&down->at) == 64 && atomic_load(&down->busy) == 1);
	jz_pass(&child, entries[2].offset, 1);
	jz_pass(&child, 0, 0);
	CHECK(atomic_load(&down->at) == 192 && atomic_load(&down->busy) == 0 && jz_down_used(&child) == 128);
	CHECK(jz_drain(&child, entries, 8) == 2 && entries[0].request == 4 && atomic_load(&down->busy) == 1);
	jz_release(&child, 2);
	CHECK(atomic_load(&down->head) == 128 && atomic_load(&down->at) == 192);
	jz_pass(&child, entries[1].offset, 1);
	/* What is not passed yet is not released. */
	jz_release(&child, 9);
	CHECK(atomic_load(&down->head) == 256);
	jz_commit(&child, 0, 0);
	jz_release(&child, 9);
	CHECK(atomic_load(&down->head) == 320 && jz_down_used(&child) == 0 && jz_sleep(&child) == 1);
	jz_link_destroy(&janus);
}

/* Around the ring's end, many times, with some records kept back. */
static void test_pass_around(void) {
	struct jz_entry entries[4];
	uint64_t posted = 0, passed = 0, released = 0;
	links_open(4096);
	while(released < 5000 || passed < posted) {
		while(released < 5000 && posted - released < 12 && post(posted + 1, (uint32_t)(posted * 13 % 200)) == 0)
			posted++;
		int count = jz_drain(&child, entries, 4);
		for(int i = 0; i < count; i++) {
			CHECK(entries[i].request == ++passed);
			jz_pass(&child, i + 1 < count ? entries[i + 1].offset : 0, i + 1 < count);
		}
		released = passed > 3 ? passed - 3 : 0;
		jz_release(&child, (double)released);
	}
	jz_release(&child, (double)posted);
	CHECK(passed == posted && jz_ring_used(&janus.down) == 0);
	jz_link_destroy(&janus);
}

static void test_commit_skip(void) {
	struct jz_entry entries[8];
	links_open(4096);
	/* The third does not fit behind the second: less than a header is left there. */
	CHECK(post(1, 2000) == 0 && post(2, 1992 - 16) == 0);
	CHECK(jz_drain(&child, entries, 8) == 2);
	jz_commit(&child, entries[1].offset, 1);
	CHECK(post(3, 100) == 0 && post(4, 8) == 0);
	jz_commit(&child, 0, 0);
	CHECK(atomic_load(&janus.shared->down.head) == 2040 + 2016);
	CHECK(jz_drain(&child, entries, 8) == 2 && entries[0].request == 3 && entries[0].offset == HEADER);
	/* With the second gone, head is at the skip record, which goes along with the next. */
	jz_commit(&child, entries[1].offset, 1);
	CHECK(atomic_load(&janus.shared->down.head) == 4096 + HEADER + 104);
	jz_commit(&child, 0, 0);
	CHECK(jz_ring_used(&janus.down) == 0);

	/* The same with the skip record between two of one batch. */
	CHECK(post(5, 2000) == 0 && post(6, 1500) == 0);
	CHECK(jz_drain(&child, entries, 1) == 1);
	jz_commit(&child, 0, 0);
	CHECK(post(7, 1600) == 0);
	CHECK(jz_drain(&child, entries, 8) == 2 && entries[1].offset == HEADER);
	jz_commit(&child, entries[1].offset, 1);
	CHECK(atomic_load(&janus.shared->down.head) == 8192);
	jz_commit(&child, 0, 0);
	CHECK(jz_ring_used(&janus.down) == 0);
	jz_link_destroy(&janus);
}

static void test_crash(void) {
	struct jz_entry entries[8];
	links_open(4096);
	for(uint64_t i = 1; i <= 4; i++)
		CHECK(post(i, 8) == 0);
	CHECK(jz_drain(&child, entries, 8) == 4);
	jz_commit(&child, entries[1].offset, 1);
	CHECK(atomic_load(&janus.shared->down.busy) == 1);

	/* Dead in the middle of the second. */
	struct jz_link *next = attach_anew();
	CHECK(jz_generation(next) == 2 && atomic_load(&janus.shared->down.busy) == 0);
	CHECK(post(5, 8) == 0);
	CHECK(jz_drain(next, entries, 8) == 4);
	CHECK(entries[0].request == 2 && entries[3].request == 5 && entries[0].sequence == 2);
	for(int i = 1; i < 4; i++)
		jz_commit(next, entries[i].offset, 1);
	jz_commit(next, 0, 0);
	CHECK(jz_drain(next, entries, 8) == 0 && jz_ring_used(&janus.down) == 0);
	jz_detach(next);
	jz_link_destroy(&janus);
}

static void test_corrupt(void) {
	struct jz_entry entries[8];
	links_open(4096);
	CHECK(post(1, 8) == 0 && post(2, 8) == 0);
	memset(janus.down.data + 48, 0xf0, 4);
	CHECK(jz_drain(&child, entries, 8) == -EPROTO);
	jz_link_reset(&janus);
	struct jz_link *next = attach_anew();
	CHECK(jz_ring_used(&janus.down) == 0 && jz_drain(next, entries, 8) == 0);
	CHECK(post(3, 8) == 0 && jz_drain(next, entries, 8) == 1 && entries[0].request == 3);
	jz_detach(next);
	jz_link_destroy(&janus);
}

/* Only part of what was handed over is given up, over two batches. */
static void test_commit_later(void) {
	struct jz_entry entries[8];
	links_open(4096);
	for(uint64_t i = 1; i <= 6; i++)
		CHECK(post(i, 24) == 0);
	struct jz_ring_control *down = &janus.shared->down;
	CHECK(jz_drain(&child, entries, 3) == 3);
	CHECK(jz_drain(&child, entries, 8) == 3 && entries[0].request == 4);
	CHECK(jz_sleep(&child) == 1); /* nothing more has come, though nothing is given up */
	jz_awake(&child, 0);
	jz_rest(&child, 1);
	CHECK(atomic_load(&down->head) == 0 && atomic_load(&down->busy) == 0);
	jz_rest(&child, 0);
	CHECK(atomic_load(&down->busy) == 1);
	jz_commit(&child, entries[1].offset, 1);
	CHECK(atomic_load(&down->head) == 4 * 64);
	CHECK(post(7, 24) == 0 && jz_sleep(&child) == 0);
	jz_commit(&child, 0, 0);
	CHECK(atomic_load(&down->head) == 6 * 64 && jz_drain(&child, entries, 8) == 1 && entries[0].request == 7);
	jz_link_destroy(&janus);
}

/* An idle ring that is far from its beginning is begun anew, with the child asleep and without. */
static void test_rewind(void) {
	struct jz_entry entries[1];
	links_open(4 * JZ_REWIND_BYTES);
	struct jz_ring_control *down = &janus.shared->down;
	for(uint64_t i = 1; atomic_load(&down->head) <= JZ_REWIND_BYTES; i++) {
		CHECK(post(i, 4000) == 0 && jz_drain(&child, entries, 1) == 1 && entries[0].request == i);
		jz_commit(&child, 0, 0);
	}
	CHECK(jz_sleep(&child) == 1 && atomic_load(&down->rewind) == JZ_REWIND_OFFERED);
	CHECK(post(1000, 8) == 0 && jz_ring_used(&janus.down) == HEADER + 8);
	jz_awake(&child, 0);
	CHECK(jz_drain(&child, entries, 1) == 1 && entries[0].request == 1000 && entries[0].offset == HEADER);
	jz_commit(&child, 0, 0);
	CHECK(jz_ring_used(&janus.down) == 0 && atomic_load(&down->head) == 4 * JZ_REWIND_BYTES + HEADER + 8);
	jz_link_destroy(&janus);
}

/* ---- memory ---- */

static void test_create(void) {
	links_open(5000);
	CHECK(janus.down.size == 8192 && janus.up.size == 4096);
	CHECK(janus.shared->size == janus.size && janus.up.data + janus.up.size == (uint8_t *)janus.shared + janus.size);
	/* Nobody can take the memory away under the other end. */
	CHECK(ftruncate(janus.memory_fd, 4096) < 0 && errno == EPERM);
	CHECK(ftruncate(janus.memory_fd, (off_t)janus.size * 2) < 0 && errno == EPERM);
	jz_link_destroy(&janus);
	CHECK(janus.shared == NULL && janus.memory_fd == -1);
	jz_link_destroy(&janus);
}

static void test_attach(void) {
	int error = 0;
	links_open(4096);
	janus.shared->abi_version++;
	CHECK(jz_attach(janus.memory_fd, -1, -1, &error) == NULL && error == EPROTO);
	janus.shared->abi_version--;
	janus.shared->magic++;
	error = 0;
	CHECK(jz_attach(janus.memory_fd, -1, -1, &error) == NULL && error == EPROTO);
	janus.shared->magic--;
	janus.shared->size--;
	error = 0;
	CHECK(jz_attach(janus.memory_fd, -1, -1, &error) == NULL && error == EPROTO);
	janus.shared->size++;
	error = 0;
	int small = memfd_create("small", MFD_CLOEXEC);
	CHECK(jz_attach(small, -1, -1, &error) == NULL && error == EPROTO);
	close(small);
	error = 0;
	CHECK(jz_attach(-1, -1, -1, &error) == NULL && error == EBADF);
	jz_link_destroy(&janus);
}

static void test_renew(void) {
	uint64_t value;
	links_open(4096);
	CHECK(post(1, 8) == 0);
	CHECK(jz_push(&child, KIND, 0, 0, 7, "x", 1) == 0);
	atomic_store(&janus.shared->counters[3], 13);
	CHECK(jz_status_write(&child, "{}", 2) == 0);
	jz_wake(janus.wake_child_fd);
	atomic_store(&janus.shared->down.sleeping, 1);
	atomic_store(&janus.shared->up.starved, 1);
	jz_link_renew(&janus);
	CHECK(janus.shared->generation == 2);
	CHECK(jz_ring_used(&janus.down) > 0 && jz_ring_used(&janus.up) > 0);
	CHECK(atomic_load(&janus.shared->counters[3]) > 12);
	CHECK(atomic_load(&janus.shared->down.sleeping) == 0 && atomic_load(&janus.shared->up.starved) == 0);
	CHECK(read(janus.wake_child_fd, &value, sizeof value) < 0 && errno == EAGAIN);
	char text[16];
	CHECK(jz_link_status_read(&janus, text, sizeof text) == 0);
	jz_link_reset(&janus);
	CHECK(jz_ring_used(&janus.down) == 0 && jz_ring_used(&janus.up) == 0);
	jz_link_destroy(&janus);
}

static void test_status(void) {
	static char page[JZ_SIZE_STATUS_PAGE];
	char text[16];
	links_open(4096);
	CHECK(jz_link_status_read(&janus, text, sizeof text) == 0);
	CHECK(jz_status_write(&child, "{\"a\":1}", 7) == 0);
	CHECK(jz_link_status_read(&janus, text, sizeof text) == 7 && !strcmp(text, "{\"a\":1}"));
	/* A dying child left it half written; or spoilt its length. */
	atomic_fetch_add(&janus.shared->status_sequence, 1);
	CHECK(jz_link_status_read(&janus, text, sizeof text) == 0);
	atomic_fetch_add(&janus.shared->status_sequence, 1);
	janus.shared->status_length = UINT32_MAX;
	CHECK(jz_link_status_read(&janus, page, sizeof page) == 0);
	CHECK(jz_status_write(&child, page, sizeof page) == -EMSGSIZE);
	CHECK(jz_status_write(&child, page, sizeof page - 1) == 0);
	CHECK(jz_link_status_read(&janus, page, sizeof page) == sizeof page - 1);
	CHECK(jz_link_status_read(&janus, text, sizeof text) == 0);
	jz_link_destroy(&janus);
}

static void test_stop(void) {
	links_open(4096);
	CHECK(!jz_stopping(&child) && jz_sleep(&child) == 1);
	uint64_t beats = atomic_load(&janus.shared->heartbeat);
	jz_awake(&child, 0);
	CHECK(atomic_load(&janus.shared->heartbeat) > beats && atomic_load(&janus.shared->down.sleeping) == 0);
	atomic_store(&janus.shared->stop, 1);
	CHECK(jz_stopping(&child) && jz_sleep(&child) == 0 && atomic_load(&janus.shared->down.sleeping) == 0);
	jz_link_destroy(&janus);
}

static void test_boot(void) {
	static char text[100000], copy[100000];
	int fd = memfd_create("boot", MFD_CLOEXEC);
	for(size_t i = 0; i < sizeof text; i++)
		text[i] = (char)('a' + i % 26);
	CHECK(write(fd, text, sizeof text) == sizeof text);
	CHECK(jz_boot_read(fd, copy, 1000) == sizeof text && !memcmp(text, copy, 1000) && copy[1000] == 0);
	CHECK(jz_boot_read(fd, copy, sizeof copy) == sizeof text && !memcmp(text, copy, sizeof copy));
	close(fd);
	CHECK(jz_boot_read(fd, copy, sizeof copy) == -EBADF);
}

static void test_push(void) {
	static char text[4096];
	links_open(4096);
	CHECK(jz_push(&child, KIND, 0x8003, 9, 4503599627370497.0, text, jz_longest(&child) + 1) == -EMSGSIZE);
	CHECK(jz_push(&child, KIND, 0x8003, 9, 4503599627370497.0, text, jz_longest(&child)) == 0);
	CHECK(jz_push(&child, KIND, 0, 9, 1, NULL, 0) == 0);
	uint64_t position = 0;
	struct jz_record record;
	const uint8_t *payload;
	CHECK(jz_ring_peek(&janus.up, &position, &record, &payload) == 1);
	CHECK(record.request == (1ull << 52) + 1 && record.flags == 0x8003 && record.peer == 9 && record.kind == KIND);
	CHECK(jz_push(&child, KIND, 0, 9, 2, text, jz_longest(&child)) == -EAGAIN);
	CHECK(atomic_load(&janus.shared->up.starved) == 1);
	jz_ring_consume(&janus.up, position, false);
	uint64_t value = 0;
	CHECK(atomic_load(&janus.shared->up.starved) == 0);
	CHECK(read(janus.wake_child_fd, &value, sizeof value) == sizeof value && value == 1);
	CHECK(jz_push(&child, KIND, 0, 9, 2, text, jz_longest(&child)) == 0);
	jz_link_destroy(&janus);
}

static void test_put(void) {
	static char text[4096];
	uint64_t value = 0;
	links_open(4096);
	CHECK(jz_ring_sleep(&janus.up, 0));
	CHECK(jz_put(&child, KIND, 0, 0, 1, "x", 1) == 0 && jz_put(&child, KIND, 0, 0, 2, "x", 1) == 0);
	CHECK(jz_ring_used(&janus.up) == 2 * (HEADER + 8));
	CHECK(read(janus.wake_janus_fd, &value, sizeof value) < 0 && errno == EAGAIN);
	jz_rouse(&child);
	CHECK(read(janus.wake_janus_fd, &value, sizeof value) == sizeof value && value == 1);
	jz_rouse(&child); /* who is awake is not woken */
	CHECK(read(janus.wake_janus_fd, &value, sizeof value) < 0 && errno == EAGAIN);
	/* Who waits for room must not wait for a consumer that sleeps. */
	jz_ring_consume(&janus.up, 2 * (HEADER + 8), false);
	CHECK(jz_ring_sleep(&janus.up, 2 * (HEADER + 8)));
	int result = 0;
	while(result == 0)
		result = jz_put(&child, KIND, 0, 0, 3, text, jz_longest(&child));
	CHECK(result == -EAGAIN && read(janus.wake_janus_fd, &value, sizeof value) == sizeof value && value == 1);
	jz_link_destroy(&janus);
}

int main(void) {
	tap_run("link: rings lie side by side in memory that cannot shrink", test_create);
	tap_run("link: memory that is not ours is refused", test_attach);
	tap_run("link: a new child finds rings and counters as they were", test_renew);
	tap_run("link: the status page, whole or not at all", test_status);
	tap_run("link: stop keeps the child awake", test_stop);
	tap_run("link: what the stub says at the start may be long", test_boot);
	tap_run("link: commit gives up one record at a time", test_commit);
	tap_run("link: commit takes skip records along", test_commit_skip);
	tap_run("link: what is passed stays, over several batches, until it is released", test_pass);
	tap_run("link: what is passed is released around the end of the ring", test_pass_around);
	tap_run("link: what is in hand may wait, and be given up batch by batch", test_commit_later);
	tap_run("link: an idle ring begins anew", test_rewind);
	tap_run("link: what was not committed is seen again after a crash", test_crash);
	tap_run("link: a corrupt ring is refused, and of use again after a reset", test_corrupt);
	tap_run("link: what is pushed arrives, and room is told of", test_push);
	tap_run("link: what is put wakes nobody before it is time", test_put);
	return tap_end();
}
