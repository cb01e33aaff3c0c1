/* The link between threads: nothing lost, doubled or out of order, and no wake-up missed. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "link_fixture.h"

#define RING (1u << 16)
/* A wake-up that does not come within this is lost. */
#define LOST_MS 5000

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define RECORDS 60000u
#else
#define RECORDS 300000u
#endif

static void nap(void) {
	struct timespec time = { 0, 50000 };
	nanosleep(&time, NULL);
}

static _Atomic bool status_done;

static void *status_writer(void *argument) {
	static char page[8000];
	(void)argument;
	for(int i = 0; !atomic_load(&status_done); i++) {
		uint32_t length = 100 + (uint32_t)(i * 37 % 7000);
		memset(page, 'a' + i % 26, length);
		jz_status_write(&child, page, length);
		if(i % 16 == 0)
			nap();
	}
	return NULL;
}

static void test_status_torn(void) {
	static char page[JZ_SIZE_STATUS_PAGE];
	pthread_t thread;
#ifdef __SANITIZE_THREAD__
	tap.skip = "a copy that raced is thrown away, which the sanitizer cannot know";
	return;
#endif
	links_open(4096);
	atomic_store(&status_done, false);
	pthread_create(&thread, NULL, status_writer, NULL);
	for(int whole = 0; whole < 20000;) {
		size_t length = jz_link_status_read(&janus, page, sizeof page);
		whole += length > 0;
		for(size_t i = 1; i < length; i++)
			if(!CHECK(page[i] == page[0]))
				break;
	}
	atomic_store(&status_done, true);
	pthread_join(thread, NULL);
	jz_link_destroy(&janus);
}

static pthread_mutex_t producers_mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic unsigned producers_left;

struct producer {
	pthread_t thread;
	uint32_t peer, records;
};

static void *produce_down(void *argument) {
	const struct producer *producer = argument;
	uint64_t seed = producer->peer + 1;
	static const char zeros[256];
	for(uint32_t i = 0; i < producer->records;) {
		struct jz_record record = { .kind = KIND, .peer = producer->peer, .request = i, .length = i % 200 };
		pthread_mutex_lock(&producers_mutex);
		int result = jz_ring_write(&janus.down, &record, zeros, 0);
		pthread_mutex_unlock(&producers_mutex);
		i += result == 0;
		if(result != 0 || tap_random(&seed) % 128 == 0)
			nap(); /* so that the consumer runs dry and really sleeps */
	}
	atomic_fetch_sub(&producers_left, 1);
	return NULL;
}

/* What the child's loop does, until `total` records came. Returns how often it slept. */
static unsigned consume_down(uint64_t total, uint64_t *next) {
	struct jz_entry entries[64];
	unsigned sleeps = 0;
	for(uint64_t seen = 0; seen < total;) {
		int count = jz_drain(&child, entries, 64);
		if(!CHECK(count >= 0))
			break;
		for(int i = 0; i < count; i++) {
			CHECK(entries[i].sequence == ++seen);
			CHECK(entries[i].request == next[entries[i].peer]++ && entries[i].length == entries[i].request % 200);
			jz_commit(&child, i + 1 < count ? entries[i + 1].offset : 0, i + 1 < count);
		}
		if(count > 0 || seen == total || jz_sleep(&child) == 0)
			continue;
		struct pollfd fd = { .fd = janus.wake_child_fd, .events = POLLIN };
		sleeps++;
		if(!CHECK(poll(&fd, 1, LOST_MS) == 1))
			break;
		jz_awake(&child, 1);
	}
	return sleeps;
}

static void run_down(unsigned producers, uint64_t ring) {
	struct producer list[4];
	uint64_t next[4] = { 0 };
	links_open(ring);
	atomic_store(&producers_left, producers);
	for(uint32_t i = 0; i < producers; i++) {
		list[i] = (struct producer){ .peer = i, .records = RECORDS / producers };
		pthread_create(&list[i].thread, NULL, produce_down, &list[i]);
	}
	unsigned sleeps = consume_down((uint64_t)(RECORDS / producers) * producers, next);
	for(uint32_t i = 0; i < producers; i++) {
		pthread_join(list[i].thread, NULL);
		CHECK(next[i] == list[i].records);
	}
	CHECK(sleeps > 10);
	CHECK(jz_ring_used(&janus.down) == 0);
	jz_link_destroy(&janus);
}

static void test_one_producer(void) {
	run_down(1, RING);
}

static void test_producers(void) {
	run_down(4, RING);
}

/* A ring that begins anew whenever it runs empty beyond the first MiB: records of 140 bytes on average
 * pass that mark often, and never come near its end. */
static void test_rewind(void) {
	uint64_t size = 1ull << 30;
	run_down(2, size);
	links_open(size);
	struct producer producer = { .peer = 0, .records = RECORDS };
	uint64_t next[4] = { 0 };
	atomic_store(&producers_left, 1);
	pthread_create(&producer.thread, NULL, produce_down, &producer);
	consume_down(RECORDS, next);
	pthread_join(producer.thread, NULL);
	/* All in all more went through than the place it is at tells: it has begun anew. */
	uint64_t head = atomic_load(&janus.shared->down.head);
	CHECK(head / size > 0 && head % size < RECORDS * 140ull);
	jz_link_destroy(&janus);
}

static unsigned starved;

/* What the child does when the way up is full: waits to be woken. */
static void *produce_up(void *argument) {
	static const char zeros[256];
	(void)argument;
	for(uint32_t i = 0; i < RECORDS;) {
		int result = jz_push(&child, KIND, 0, i, i, zeros, i % 200);
		if(result == 0) {
			i++;
			continue;
		}
		struct pollfd fd = { .fd = janus.wake_child_fd, .events = POLLIN };
		starved++;
		if(!CHECK(result == -EAGAIN) || !CHECK(poll(&fd, 1, LOST_MS) == 1))
			break;
		jz_awake(&child, 1);
	}
	return NULL;
}

static void test_room(void) {
	pthread_t thread;
	uint64_t seed = 5, position = 0;
	links_open(RING / 8); /* a way up of 4096 bytes: full all the time */
	CHECK(jz_longest(&child) == janus.up.size / 2 - HEADER);
	starved = 0;
	pthread_create(&thread, NULL, produce_up, NULL);
	for(uint32_t seen = 0; seen < RECORDS;) {
		struct jz_record record;
		const uint8_t *payload;
		int result = jz_ring_peek(&janus.up, &position, &record, &payload);
		if(result == 1) {
			CHECK(record.peer == seen && record.request == seen && record.length == seen % 200);
			jz_ring_consume(&janus.up, position, false);
			seen++;
		}
		if(!CHECK(result >= 0))
			break;
		if(result == 0 && jz_ring_sleep(&janus.up, position)) {
			struct pollfd fd = { .fd = janus.wake_janus_fd, .events = POLLIN };
			uint64_t value;
			if(!CHECK(poll(&fd, 1, LOST_MS) == 1) || !CHECK(read(fd.fd, &value, sizeof value) == sizeof value))
				break;
			atomic_store(&janus.shared->up.sleeping, 0);
		}
		if(tap_random(&seed) % 512 == 0)
			nap();
	}
	pthread_join(thread, NULL);
	CHECK(starved > 10);
	jz_link_destroy(&janus);
}

int main(void) {
	tap_run("link: no status page is read while it is written", test_status_torn);
	tap_run("link: a sleeping consumer misses nothing of one producer", test_one_producer);
	tap_run("link: a sleeping consumer misses nothing of four producers", test_producers);
	tap_run("link: a ring that begins anew loses nothing", test_rewind);
	tap_run("link: a starved producer is woken when there is room", test_room);
	return tap_end();
}
