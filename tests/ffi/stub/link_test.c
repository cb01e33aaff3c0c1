/* The shared memory and what the isolate calls, both ends in one process: Janus's side as created,
 * the isolate's over the same mapping (so that the thread sanitizer sees both) or attached anew. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "link.h"
#include "tap.h"

#define HEADER sizeof(struct jz_record)
#define RING (1u << 16)
#define KIND 3
/* A wake-up that does not come within this is lost. */
#define LOST_MS 5000

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define RECORDS 60000u
#else
#define RECORDS 300000u
#endif

struct jz_entry {
	uint32_t offset, length;
	uint16_t kind, flags;
	uint32_t peer;
	uint16_t type, subtype;
	uint32_t reserved;
	uint64_t session, request, sequence;
};

struct jz_link *jz_attach(int memory_fd, int wake_isolate_fd, int wake_janus_fd, int *error);
void jz_detach(struct jz_link *link);
uint32_t jz_generation(struct jz_link *link);
uint32_t jz_longest(struct jz_link *link);
int jz_boot_read(int fd, void *buffer, uint32_t size);
int jz_drain(struct jz_link *link, struct jz_entry *entries, uint32_t max);
void jz_commit(struct jz_link *link, uint32_t next, uint32_t more);
int jz_push(struct jz_link *link, uint32_t kind, uint32_t flags, uint32_t peer, double request, const void *payload, uint32_t length);
int jz_sleep(struct jz_link *link);
void jz_awake(struct jz_link *link, uint32_t signalled);
int jz_stopping(struct jz_link *link);
int jz_status_write(struct jz_link *link, const void *text, uint32_t length);

static struct jz_link janus, isolate;

/* The isolate's view, as jz_attach makes it, over Janus's mapping. */
static void isolate_lay(void) {
	isolate = janus;
	jz_link_lay(&isolate);
	isolate.up.wake_fd = janus.wake_janus_fd;
	isolate.drained = atomic_load(&janus.shared->down.head);
}

static void links_open(uint64_t bytes) {
	if(!CHECK(jz_link_create(&janus, "test", bytes) == 0))
		exit(1);
	jz_link_renew(&janus);
	isolate_lay();
}

static struct jz_link *attach_anew(void) {
	int error = 0;
	jz_link_renew(&janus);
	struct jz_link *link = jz_attach(janus.memory_fd, janus.wake_isolate_fd, janus.wake_janus_fd, &error);
	if(!CHECK(link != NULL))
		exit(1);
	return link;
}

static int post(uint64_t number, uint32_t length) {
	static const char zeros[RING];
	struct jz_record record = { .kind = KIND, .request = number, .length = length };
	return jz_ring_write(&janus.down, &record, zeros, 0);
}

static void nap(void) {
	struct timespec time = { 0, 50000 };
	nanosleep(&time, NULL);
}

/* ---- drain and commit ---- */

static void test_commit(void) {
	struct jz_entry entries[8];
	links_open(4096);
	for(uint64_t i = 1; i <= 5; i++)
		CHECK(post(i, 24) == 0);
	struct jz_ring_control *down = &janus.shared->down;
	CHECK(jz_drain(&isolate, entries, 3) == 3);
	CHECK(entries[0].request == 1 && entries[2].request == 3 && entries[2].sequence == 3);
	CHECK(atomic_load(&down->head) == 0 && atomic_load(&down->busy) == 1);
	jz_commit(&isolate, entries[1].offset, 1);
	CHECK(atomic_load(&down->head) == 64 && atomic_load(&down->busy) == 1);
	jz_commit(&isolate, entries[2].offset, 1);
	jz_commit(&isolate, 0, 0);
	CHECK(atomic_load(&down->head) == 192 && atomic_load(&down->busy) == 0);
	CHECK(jz_drain(&isolate, entries, 8) == 2 && entries[0].request == 4);
	jz_commit(&isolate, entries[1].offset, 1);
	jz_commit(&isolate, 0, 0);
	CHECK(jz_drain(&isolate, entries, 8) == 0 && atomic_load(&down->busy) == 0);
	jz_link_destroy(&janus);
}

static void test_commit_skip(void) {
	struct jz_entry entries[8];
	links_open(4096);
	/* The third does not fit behind the second: less than a header is left there. */
	CHECK(post(1, 2000) == 0 && post(2, 1992 - 16) == 0);
	CHECK(jz_drain(&isolate, entries, 8) == 2);
	jz_commit(&isolate, entries[1].offset, 1);
	CHECK(post(3, 100) == 0 && post(4, 8) == 0);
	jz_commit(&isolate, 0, 0);
	CHECK(atomic_load(&janus.shared->down.head) == 2040 + 2016);
	CHECK(jz_drain(&isolate, entries, 8) == 2 && entries[0].request == 3 && entries[0].offset == HEADER);
	/* With the second gone, head is at the skip record, which goes along with the next. */
	jz_commit(&isolate, entries[1].offset, 1);
	CHECK(atomic_load(&janus.shared->down.head) == 4096 + HEADER + 104);
	jz_commit(&isolate, 0, 0);
	CHECK(jz_ring_used(&janus.down) == 0);

	/* The same with the skip record between two of one batch. */
	CHECK(post(5, 2000) == 0 && post(6, 1500) == 0);
	CHECK(jz_drain(&isolate, entries, 1) == 1);
	jz_commit(&isolate, 0, 0);
	CHECK(post(7, 1600) == 0);
	CHECK(jz_drain(&isolate, entries, 8) == 2 && entries[1].offset == HEADER);
	jz_commit(&isolate, entries[1].offset, 1);
	CHECK(atomic_load(&janus.shared->down.head) == 8192);
	jz_commit(&isolate, 0, 0);
	CHECK(jz_ring_used(&janus.down) == 0);
	jz_link_destroy(&janus);
}

static void test_crash(void) {
	struct jz_entry entries[8];
	links_open(4096);
	for(uint64_t i = 1; i <= 4; i++)
		CHECK(post(i, 8) == 0);
	CHECK(jz_drain(&isolate, entries, 8) == 4);
	jz_commit(&isolate, entries[1].offset, 1);
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
	CHECK(jz_drain(&isolate, entries, 8) == -EPROTO);
	jz_link_reset(&janus);
	struct jz_link *next = attach_anew();
	CHECK(jz_ring_used(&janus.down) == 0 && jz_drain(next, entries, 8) == 0);
	CHECK(post(3, 8) == 0 && jz_drain(next, entries, 8) == 1 && entries[0].request == 3);
	jz_detach(next);
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
	CHECK(jz_push(&isolate, KIND, 0, 0, 7, "x", 1) == 0);
	atomic_store(&janus.shared->counters[3], 12.5);
	CHECK(jz_status_write(&isolate, "{}", 2) == 0);
	jz_wake(janus.wake_isolate_fd);
	atomic_store(&janus.shared->down.sleeping, 1);
	atomic_store(&janus.shared->up.starved, 1);
	jz_link_renew(&janus);
	CHECK(janus.shared->generation == 2);
	CHECK(jz_ring_used(&janus.down) > 0 && jz_ring_used(&janus.up) > 0);
	CHECK(atomic_load(&janus.shared->counters[3]) > 12);
	CHECK(atomic_load(&janus.shared->down.sleeping) == 0 && atomic_load(&janus.shared->up.starved) == 0);
	CHECK(read(janus.wake_isolate_fd, &value, sizeof value) < 0 && errno == EAGAIN);
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
	CHECK(jz_status_write(&isolate, "{\"a\":1}", 7) == 0);
	CHECK(jz_link_status_read(&janus, text, sizeof text) == 7 && !strcmp(text, "{\"a\":1}"));
	/* A dying isolate left it half written; or spoilt its length. */
	atomic_fetch_add(&janus.shared->status_sequence, 1);
	CHECK(jz_link_status_read(&janus, text, sizeof text) == 0);
	atomic_fetch_add(&janus.shared->status_sequence, 1);
	janus.shared->status_length = UINT32_MAX;
	CHECK(jz_link_status_read(&janus, page, sizeof page) == 0);
	CHECK(jz_status_write(&isolate, page, sizeof page) == -EMSGSIZE);
	CHECK(jz_status_write(&isolate, page, sizeof page - 1) == 0);
	CHECK(jz_link_status_read(&janus, page, sizeof page) == sizeof page - 1);
	CHECK(jz_link_status_read(&janus, text, sizeof text) == 0);
	jz_link_destroy(&janus);
}

static _Atomic bool status_done;

static void *status_writer(void *argument) {
	static char page[8000];
	(void)argument;
	for(int i = 0; !atomic_load(&status_done); i++) {
		uint32_t length = 100 + (uint32_t)(i * 37 % 7000);
		memset(page, 'a' + i % 26, length);
		jz_status_write(&isolate, page, length);
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

static void test_stop(void) {
	links_open(4096);
	CHECK(!jz_stopping(&isolate) && jz_sleep(&isolate) == 1);
	uint64_t beats = atomic_load(&janus.shared->heartbeat);
	jz_awake(&isolate, 0);
	CHECK(atomic_load(&janus.shared->heartbeat) > beats && atomic_load(&janus.shared->down.sleeping) == 0);
	atomic_store(&janus.shared->stop, 1);
	CHECK(jz_stopping(&isolate) && jz_sleep(&isolate) == 0 && atomic_load(&janus.shared->down.sleeping) == 0);
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

/* ---- threads ---- */

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

/* What the isolate's loop does, until `total` records came. Returns how often it slept. */
static unsigned consume_down(uint64_t total, uint64_t *next) {
	struct jz_entry entries[64];
	unsigned sleeps = 0;
	for(uint64_t seen = 0; seen < total;) {
		int count = jz_drain(&isolate, entries, 64);
		if(!CHECK(count >= 0))
			break;
		for(int i = 0; i < count; i++) {
			CHECK(entries[i].sequence == ++seen);
			CHECK(entries[i].request == next[entries[i].peer]++ && entries[i].length == entries[i].request % 200);
			jz_commit(&isolate, i + 1 < count ? entries[i + 1].offset : 0, i + 1 < count);
		}
		if(count > 0 || seen == total || jz_sleep(&isolate) == 0)
			continue;
		struct pollfd fd = { .fd = janus.wake_isolate_fd, .events = POLLIN };
		sleeps++;
		if(!CHECK(poll(&fd, 1, LOST_MS) == 1))
			break;
		jz_awake(&isolate, 1);
	}
	return sleeps;
}

static void run_down(unsigned producers) {
	struct producer list[4];
	uint64_t next[4] = { 0 };
	links_open(RING);
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
	run_down(1);
}

static void test_producers(void) {
	run_down(4);
}

static unsigned starved;

/* What the isolate does when the way up is full: waits to be woken. */
static void *produce_up(void *argument) {
	static const char zeros[256];
	(void)argument;
	for(uint32_t i = 0; i < RECORDS;) {
		int result = jz_push(&isolate, KIND, 0, i, i, zeros, i % 200);
		if(result == 0) {
			i++;
			continue;
		}
		struct pollfd fd = { .fd = janus.wake_isolate_fd, .events = POLLIN };
		starved++;
		if(!CHECK(result == -EAGAIN) || !CHECK(poll(&fd, 1, LOST_MS) == 1))
			break;
		jz_awake(&isolate, 1);
	}
	return NULL;
}

static void test_room(void) {
	pthread_t thread;
	uint64_t seed = 5, position = 0;
	links_open(RING / 8); /* a way up of 4096 bytes: full all the time */
	CHECK(jz_longest(&isolate) == janus.up.size / 2 - HEADER);
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
		if(result == 0 && jz_ring_sleep(&janus.up)) {
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

static void test_push(void) {
	static char text[4096];
	links_open(4096);
	CHECK(jz_push(&isolate, KIND, 0x8003, 9, 4503599627370497.0, text, jz_longest(&isolate) + 1) == -EMSGSIZE);
	CHECK(jz_push(&isolate, KIND, 0x8003, 9, 4503599627370497.0, text, jz_longest(&isolate)) == 0);
	CHECK(jz_push(&isolate, KIND, 0, 9, 1, NULL, 0) == 0);
	uint64_t position = 0;
	struct jz_record record;
	const uint8_t *payload;
	CHECK(jz_ring_peek(&janus.up, &position, &record, &payload) == 1);
	CHECK(record.request == (1ull << 52) + 1 && record.flags == 0x8003 && record.peer == 9 && record.kind == KIND);
	CHECK(jz_push(&isolate, KIND, 0, 9, 2, text, jz_longest(&isolate)) == -EAGAIN);
	CHECK(atomic_load(&janus.shared->up.starved) == 1);
	jz_ring_consume(&janus.up, position, false);
	uint64_t value = 0;
	CHECK(atomic_load(&janus.shared->up.starved) == 0);
	CHECK(read(janus.wake_isolate_fd, &value, sizeof value) == sizeof value && value == 1);
	CHECK(jz_push(&isolate, KIND, 0, 9, 2, text, jz_longest(&isolate)) == 0);
	jz_link_destroy(&janus);
}

int main(void) {
	tap_run("link: rings lie side by side in memory that cannot shrink", test_create);
	tap_run("link: memory that is not ours is refused", test_attach);
	tap_run("link: a new isolate finds rings and counters as they were", test_renew);
	tap_run("link: the status page, whole or not at all", test_status);
	tap_run("link: no status page is read while it is written", test_status_torn);
	tap_run("link: stop keeps the isolate awake", test_stop);
	tap_run("link: what the stub says at the start may be long", test_boot);
	tap_run("link: commit gives up one record at a time", test_commit);
	tap_run("link: commit takes skip records along", test_commit_skip);
	tap_run("link: what was not committed is seen again after a crash", test_crash);
	tap_run("link: a corrupt ring is refused, and of use again after a reset", test_corrupt);
	tap_run("link: what is pushed arrives, and room is told of", test_push);
	tap_run("link: a sleeping consumer misses nothing of one producer", test_one_producer);
	tap_run("link: a sleeping consumer misses nothing of four producers", test_producers);
	tap_run("link: a starved producer is woken when there is room", test_room);
	return tap_end();
}
