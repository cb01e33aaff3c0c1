#define _GNU_SOURCE
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096u

static uint64_t page_align(uint64_t n) {
	return (n + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

void jz_link_lay(struct jz_link *link, uint64_t down_offset, uint64_t down_size, uint64_t up_size) {
	struct jz_shared *shared = link->shared;
	uint8_t *data = (uint8_t *)shared + down_offset;
	link->down = (struct jz_ring){ .control = &shared->down, .data = data, .size = down_size, .wake_fd = -1 };
	link->up = (struct jz_ring){ .control = &shared->up, .data = data + down_size, .size = up_size, .wake_fd = -1 };
}

uint64_t jz_link_offset(const struct jz_link *link, const struct jz_ring *ring) {
	return (uint64_t)(ring->data - (uint8_t *)link->shared);
}

/* From what this process keeps for itself. */
static void header_write(const struct jz_link *link) {
	struct jz_shared *shared = link->shared;
	shared->magic = JZ_MAGIC;
	shared->abi_version = JZ_ABI_VERSION;
	shared->generation = link->generation;
	shared->size = link->size;
	shared->down_offset = jz_link_offset(link, &link->down);
	shared->down_size = link->down.size;
	shared->up_offset = jz_link_offset(link, &link->up);
	shared->up_size = link->up.size;
	atomic_store(&shared->stop, 0);
}

/* Averages are among them, so not all are whole numbers. */
static bool is_count(double value) {
	return value >= 0 && value <= JZ_COUNT_MAX;
}

int jz_link_create(struct jz_link *link, const char *name, uint64_t ring_bytes) {
	int result;
	*link = (struct jz_link){ .memory_fd = -1, .wake_child_fd = -1, .wake_janus_fd = -1 };
	uint64_t down_offset = page_align(sizeof(struct jz_shared));
	uint64_t down_size = page_align(ring_bytes), up_size = page_align(ring_bytes / JZ_SIZE_UP_SHARE);
	link->size = down_offset + down_size + up_size;

	link->memory_fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if(link->memory_fd < 0 || ftruncate(link->memory_fd, (off_t)link->size) < 0 ||
			fcntl(link->memory_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		goto failed;
	link->wake_child_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	link->wake_janus_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if(link->wake_child_fd < 0 || link->wake_janus_fd < 0)
		goto failed;
	link->shared = mmap(NULL, link->size, PROT_READ | PROT_WRITE, MAP_SHARED, link->memory_fd, 0);
	if(link->shared == MAP_FAILED) {
		link->shared = NULL;
		goto failed;
	}
	jz_link_lay(link, down_offset, down_size, up_size);
	header_write(link);
	link->down.wake_fd = link->wake_child_fd; /* we produce */
	link->up.wake_fd = link->wake_child_fd; /* we consume: the child may wait for room */
	return 0;

failed:
	result = -errno;
	jz_link_destroy(link);
	return result;
}

void jz_link_renew(struct jz_link *link) {
	uint64_t drop;
	while(read(link->wake_child_fd, &drop, sizeof drop) > 0)
		;
	link->generation++;
	header_write(link);
	link->shared->status_length = 0;
	atomic_store(&link->shared->status_sequence, 0);
	for(size_t i = 0; i < JZ_SIZE_COUNTERS; i++)
		if(!is_count(atomic_load(&link->shared->counters[i])))
			atomic_store(&link->shared->counters[i], 0);
	atomic_store(&link->shared->down.busy, 0);
	atomic_store(&link->shared->down.sleeping, 0);
	atomic_store(&link->shared->down.rewind, JZ_REWIND_NO);
	atomic_store(&link->shared->up.starved, 0);
	atomic_store(&link->shared->up.rewind, JZ_REWIND_NO);
}

void jz_link_reset(struct jz_link *link) {
	struct jz_ring_control *rings[] = { &link->shared->down, &link->shared->up };
	for(size_t i = 0; i < 2; i++) {
		atomic_store(&rings[i]->head, 0);
		atomic_store(&rings[i]->at, 0);
		atomic_store(&rings[i]->tail, 0);
		atomic_store(&rings[i]->busy, 0);
		atomic_store(&rings[i]->rewind, JZ_REWIND_NO);
	}
}

void jz_link_destroy(struct jz_link *link) {
	if(link->shared != NULL)
		munmap(link->shared, link->size);
	int *fds[] = { &link->memory_fd, &link->wake_child_fd, &link->wake_janus_fd };
	for(size_t i = 0; i < 3; i++) {
		if(*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
	link->shared = NULL;
}

size_t jz_link_status_read(const struct jz_link *link, char *text, size_t size) {
	struct jz_shared *shared = link->shared;
	for(int attempt = 0; attempt < 100; attempt++) {
		uint32_t before = atomic_load_explicit(&shared->status_sequence, memory_order_acquire);
		if(before % 2 != 0)
			continue;
		size_t length = shared->status_length;
		if(length >= size || length > sizeof shared->status)
			return 0;
		memcpy(text, shared->status, length);
		/* A sequentially consistent read-modify-write keeps the copy before it. */
		if(atomic_fetch_add(&shared->status_sequence, 0) == before) {
			text[length] = '\0';
			return length;
		}
	}
	return 0;
}
