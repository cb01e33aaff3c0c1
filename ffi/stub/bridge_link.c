/* The rings' other end, which the child calls through FFI. Single-threaded. */
#define _GNU_SOURCE
#include "bridge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

uint32_t jz_abi_version(void) {
	return JZ_ABI_VERSION;
}

/* True if the header is as Janus writes it for memory of this size. */
static bool header_is_sound(const struct jz_shared *shared, uint64_t size) {
	uint64_t begin = shared->down_offset, down = shared->down_size, up = shared->up_size;
	return shared->magic == JZ_MAGIC && shared->abi_version == JZ_ABI_VERSION && shared->size == size &&
		begin >= sizeof *shared && begin <= size && down > 0 && down <= size - begin && up > 0 && up == size - begin - down &&
		shared->up_offset == begin + down && down % 8 == 0 && up % 8 == 0;
}

/* Maps the shared memory. Returns NULL and sets *error (errno; EPROTO when it isn't ours). */
struct jz_link *jz_attach(int memory_fd, int wake_child_fd, int wake_janus_fd, int *error) {
	struct stat stat;
	struct jz_link *link = calloc(1, sizeof *link);
	if(link == NULL || fstat(memory_fd, &stat) < 0)
		goto failed;
	link->size = (uint64_t)stat.st_size;
	errno = EPROTO;
	if(link->size < sizeof(struct jz_shared))
		goto failed;
	link->shared = mmap(NULL, link->size, PROT_READ | PROT_WRITE, MAP_SHARED, memory_fd, 0);
	if(link->shared == MAP_FAILED)
		goto failed;
	if(!header_is_sound(link->shared, link->size)) {
		munmap(link->shared, link->size);
		errno = EPROTO;
		goto failed;
	}
	link->memory_fd = memory_fd;
	link->wake_child_fd = wake_child_fd;
	link->wake_janus_fd = wake_janus_fd;
	jz_link_lay(link, link->shared->down_offset, link->shared->down_size, link->shared->up_size);
	link->down.wake_fd = -1; /* we consume, and Janus never waits for room */
	link->up.wake_fd = wake_janus_fd;
	link->drained = atomic_load(&link->shared->down.head);
	atomic_store(&link->shared->down.at, link->drained);
	return link;

failed:
	*error = errno;
	free(link);
	return NULL;
}

void jz_detach(struct jz_link *link) {
	munmap(link->shared, link->size);
	free(link);
}

void *jz_down_data(struct jz_link *link) {
	return link->down.data;
}

void *jz_counters(struct jz_link *link) {
	return link->shared->counters;
}

uint32_t jz_generation(struct jz_link *link) {
	return link->shared->generation;
}

/* The longest payload that jz_push takes. */
uint32_t jz_longest(struct jz_link *link) {
	return (uint32_t)jz_ring_longest(link->up.size);
}

/* Reads the whole of a file from its beginning. Returns its size, which may exceed the buffer's. */
int jz_boot_read(int fd, void *buffer, uint32_t size) {
	struct stat stat;
	if(fstat(fd, &stat) < 0)
		return -errno;
	size_t done = 0;
	while(done < size) {
		ssize_t n = pread(fd, (char *)buffer + done, size - done, (off_t)done);
		if(n < 0)
			return -errno;
		if(n == 0)
			break;
		done += (size_t)n;
	}
	return (int)stat.st_size;
}

static void beat(struct jz_link *link) {
	atomic_fetch_add_explicit(&link->shared->heartbeat, 1, memory_order_relaxed);
}

/* Hands over up to `max` records that were not handed over yet. Returns how many, or -EPROTO when
 * the ring is corrupt. They stay in the ring until jz_commit. */
int jz_drain(struct jz_link *link, struct jz_entry *entries, uint32_t max) {
	uint32_t count = 0;
	beat(link);
	if(link->offered) {
		if(!jz_ring_regain(&link->down))
			return 0; /* for a moment: jz_sleep does not let the child block now */
		link->offered = false;
		link->drained = atomic_load(&link->shared->down.head);
	}
	atomic_store_explicit(&link->shared->down.at, link->drained, memory_order_release);
	while(count < max) {
		struct jz_record record;
		const uint8_t *payload;
		int result = jz_ring_peek(&link->down, &link->drained, &record, &payload);
		if(result < 0)
			return result;
		if(result == 0)
			break;
		entries[count++] = (struct jz_entry){
			.offset = (uint32_t)(payload - link->down.data), .length = record.length,
			.kind = record.kind, .flags = record.flags, .peer = record.peer,
			.type = record.type, .subtype = record.subtype,
			.session = record.session, .request = record.request, .sequence = record.sequence,
		};
	}
	if(count > 0)
		atomic_store_explicit(&link->shared->down.busy, 1, memory_order_release);
	return (int)count;
}

/* Where the record begins whose payload is at offset `next`, if there is `more`; a skip record before it
 * goes along. Else the end of what was handed over. */
static uint64_t next_begin(const struct jz_link *link, uint32_t next, uint32_t more) {
	if(!more)
		return link->drained;
	uint64_t head = atomic_load_explicit(&link->shared->down.head, memory_order_relaxed);
	uint64_t begin = next - sizeof(struct jz_record), at = head % link->down.size;
	return head + (begin >= at ? begin - at : link->down.size - at + begin);
}

/* All up to a record is done with. If there is `more`, the one whose payload is at offset `next` is
 * handled now. */
void jz_commit(struct jz_link *link, uint32_t next, uint32_t more) {
	jz_ring_consume(&link->down, next_begin(link, next, more), more != 0);
}

/* The same, but all stays in the ring until jz_release or a later jz_commit. */
void jz_pass(struct jz_link *link, uint32_t next, uint32_t more) {
	jz_ring_pass(&link->down, next_begin(link, next, more), more != 0);
}

/* Gives up what was passed, up to the record with this number. */
void jz_release(struct jz_link *link, double sequence) {
	struct jz_ring_control *down = link->down.control;
	uint64_t position = atomic_load_explicit(&down->head, memory_order_relaxed), next = position;
	uint64_t at = atomic_load_explicit(&down->at, memory_order_relaxed);
	while(position != at) {
		struct jz_record record;
		const uint8_t *payload;
		int result = jz_ring_peek(&link->down, &next, &record, &payload);
		if(result < 0 || (result > 0 && record.sequence > (uint64_t)sequence))
			break;
		position = next;
		if(result == 0)
			break; /* behind a skip record there is nothing */
	}
	atomic_store(&down->head, position);
}

/* What is in hand waits for something else, or is handled again. While it waits, the child's end is
 * not the fault of the record that is handled next. */
void jz_rest(struct jz_link *link, uint32_t resting) {
	atomic_store_explicit(&link->shared->down.busy, resting == 0, memory_order_release);
}

/* Bytes of what is not handled yet. */
double jz_down_used(const struct jz_link *link) {
	const struct jz_ring_control *down = link->down.control;
	uint64_t at = atomic_load_explicit(&down->at, memory_order_relaxed);
	return (double)(atomic_load_explicit(&down->tail, memory_order_acquire) - at);
}

double jz_down_size(const struct jz_link *link) {
	return (double)link->down.size;
}

/* Copies a record up, of which Janus hears at the next jz_rouse or jz_push. Returns 0; -EAGAIN when the ring
 * is full (the child is woken when there is room again); -EMSGSIZE when it never fits. */
int jz_put(struct jz_link *link, uint32_t kind, uint32_t flags, uint32_t peer, double request, const void *payload, uint32_t length) {
	if(length > jz_ring_longest(link->up.size))
		return -EMSGSIZE;
	struct jz_record record = {
		.length = length, .kind = (uint16_t)kind, .flags = (uint16_t)flags,
		.peer = peer, .request = (uint64_t)request,
	};
	int result = jz_ring_add(&link->up, &record, payload, 0);
	if(result == -EAGAIN) {
		jz_rouse(link);
		/* Said before the second look: see jz_ring_consume. */
		atomic_store(&link->up.control->starved, 1);
		result = jz_ring_add(&link->up, &record, payload, 0);
	}
	return result;
}

void jz_rouse(struct jz_link *link) {
	jz_ring_rouse(&link->up);
}

/* The same, and Janus hears of it now. */
int jz_push(struct jz_link *link, uint32_t kind, uint32_t flags, uint32_t peer, double request, const void *payload, uint32_t length) {
	int result = jz_put(link, kind, flags, peer, request, payload, length);
	if(result == 0)
		jz_rouse(link);
	return result;
}

/* Call before blocking. Returns 1 if there is nothing to do, 0 if there is (then don't block). */
int jz_sleep(struct jz_link *link) {
	beat(link);
	if(atomic_load(&link->shared->stop) || !jz_ring_sleep(&link->down, link->drained))
		return 0;
	if(!atomic_load(&link->shared->stop)) {
		if(!link->offered && atomic_load(&link->shared->down.head) == link->drained)
			link->offered = jz_ring_offer(&link->down);
		return 1;
	}
	atomic_store(&link->shared->down.sleeping, 0);
	return 0;
}

/* Call after blocking; `signalled` if the eventfd is readable. It is cleared now and not later: it may
 * soon tell that there is room in the up ring, which is looked at before jz_sleep. */
void jz_awake(struct jz_link *link, uint32_t signalled) {
	uint64_t drop;
	beat(link);
	atomic_store(&link->shared->down.sleeping, 0);
	if(signalled && read(link->wake_child_fd, &drop, sizeof drop) < 0)
		return; /* EAGAIN: nothing lost, the rings are looked at anyway */
}

/* Sleeps for a moment without a word of it: nobody wakes us, and nobody has the cost of that. */
void jz_nap(struct jz_link *link, uint32_t microseconds) {
	struct timespec time = { .tv_nsec = (long)microseconds * 1000 };
	beat(link);
	nanosleep(&time, NULL);
}

int jz_stopping(struct jz_link *link) {
	return (int)atomic_load(&link->shared->stop);
}

/* Replaces the status page. Returns 0, or -EMSGSIZE when the text is too long. */
int jz_status_write(struct jz_link *link, const void *text, uint32_t length) {
	struct jz_shared *shared = link->shared;
	if(length >= sizeof shared->status)
		return -EMSGSIZE;
	atomic_fetch_add(&shared->status_sequence, 1);
	memcpy(shared->status, text, length);
	shared->status_length = (uint32_t)length;
	atomic_fetch_add(&shared->status_sequence, 1);
	return 0;
}
