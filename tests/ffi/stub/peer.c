/* Janus's end of a link for the tests of the child's end: the real C code behind functions that
 * TypeScript can call. Results below 0 are -errno. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "link.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT struct jz_link *peer_create(uint32_t ring_bytes);
EXPORT void peer_destroy(struct jz_link *link);
EXPORT int peer_fd(struct jz_link *link, uint32_t which);
EXPORT void peer_renew(struct jz_link *link);
EXPORT void peer_stop(struct jz_link *link);
EXPORT int peer_write(struct jz_link *link, const struct jz_record *record, const void *payload, uint32_t keep);
EXPORT int peer_take(struct jz_link *link, struct jz_record *record, void *payload, uint32_t size);
EXPORT uint32_t peer_down_used(struct jz_link *link);
EXPORT uint32_t peer_up_used(struct jz_link *link);
EXPORT uint32_t peer_busy(struct jz_link *link);
EXPORT void peer_down_poke(struct jz_link *link, uint32_t offset, uint32_t value);
EXPORT void peer_version_set(struct jz_link *link, uint32_t version);
EXPORT int peer_status(struct jz_link *link, void *text, uint32_t size);
EXPORT double peer_counter(struct jz_link *link, uint32_t index);
EXPORT void peer_refuse(struct jz_link *link, uint32_t place, uint32_t count);
EXPORT int peer_boot(const void *text, uint32_t length);
EXPORT uint32_t peer_woken(struct jz_link *link, uint32_t which);
EXPORT void peer_close(int fd);
EXPORT int peer_pipe(int *other);

struct jz_link *peer_create(uint32_t ring_bytes) {
	struct jz_link *link = calloc(1, sizeof *link);
	if(link != NULL && jz_link_create(link, "peer", ring_bytes) < 0) {
		free(link);
		return NULL;
	}
	return link;
}

void peer_destroy(struct jz_link *link) {
	jz_link_destroy(link);
	free(link);
}

int peer_fd(struct jz_link *link, uint32_t which) {
	int fds[] = { link->memory_fd, link->wake_child_fd, link->wake_janus_fd };
	return which < 3 ? fds[which] : -EINVAL;
}

void peer_renew(struct jz_link *link) {
	jz_link_renew(link);
}

void peer_stop(struct jz_link *link) {
	atomic_store(&link->shared->stop, 1);
	jz_wake(link->wake_child_fd);
}

int peer_write(struct jz_link *link, const struct jz_record *record, const void *payload, uint32_t keep) {
	return jz_ring_write(&link->down, record, payload, keep);
}

/* Takes the next record from the way up: its payload's length, -EAGAIN when there is none. */
int peer_take(struct jz_link *link, struct jz_record *record, void *payload, uint32_t size) {
	uint64_t position = atomic_load(&link->shared->up.head);
	const uint8_t *bytes;
	int result = jz_ring_peek(&link->up, &position, record, &bytes);
	if(result <= 0)
		return result < 0 ? result : -EAGAIN;
	if(record->length > size)
		return -EMSGSIZE;
	if(record->length > 0)
		memcpy(payload, bytes, record->length);
	jz_ring_consume(&link->up, position, false);
	return (int)record->length;
}

uint32_t peer_down_used(struct jz_link *link) {
	return (uint32_t)jz_ring_used(&link->down);
}

uint32_t peer_up_used(struct jz_link *link) {
	return (uint32_t)jz_ring_used(&link->up);
}

uint32_t peer_busy(struct jz_link *link) {
	return atomic_load(&link->shared->down.busy);
}

void peer_down_poke(struct jz_link *link, uint32_t offset, uint32_t value) {
	memcpy(link->down.data + offset, &value, sizeof value);
}

void peer_version_set(struct jz_link *link, uint32_t version) {
	link->shared->abi_version = version;
}

int peer_status(struct jz_link *link, void *text, uint32_t size) {
	return (int)jz_link_status_read(link, text, size);
}

double peer_counter(struct jz_link *link, uint32_t index) {
	return atomic_load(&link->shared->counters[index]);
}

/* Counts events as refused, as the channel does. */
void peer_refuse(struct jz_link *link, uint32_t place, uint32_t count) {
	atomic_store(&link->shared->counters[place], atomic_load(&link->shared->counters[place]) + count);
	for(uint32_t i = 0; i < count; i++)
		jz_ring_skip_sequence(&link->down);
}

int peer_boot(const void *text, uint32_t length) {
	int fd = memfd_create("boot", MFD_CLOEXEC);
	if(fd >= 0 && write(fd, text, length) != (ssize_t)length) {
		close(fd);
		fd = -1;
	}
	return fd >= 0 ? fd : -errno;
}

/* How often an eventfd was written since the last look. */
uint32_t peer_woken(struct jz_link *link, uint32_t which) {
	uint64_t count = 0;
	return read(peer_fd(link, which), &count, sizeof count) == sizeof count ? (uint32_t)count : 0;
}

void peer_close(int fd) {
	close(fd);
}

/* A pipe, as the lifeline is one: its read end, and its write end in `*other`. */
int peer_pipe(int *other) {
	int ends[2];
	if(pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*other = ends[1];
	return ends[0];
}
