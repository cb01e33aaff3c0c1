/* The rings' other end: what the isolate calls through FFI. Single-threaded. Results below 0 are
 * -errno. Numbers that JavaScript counts with (request ids, lengths) fit 53 bits and arrive as doubles
 * where BigInt would cost more. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "link.h"

#define EXPORT __attribute__((visibility("default")))

/* What drain says of a record, laid out for 32-bit words on the other side. */
struct jz_entry {
	uint32_t offset; /* of the payload, from the down ring's first byte */
	uint32_t length;
	uint16_t kind, flags;
	uint32_t peer;
	uint16_t type, subtype;
	uint32_t reserved;
	uint64_t session, request, sequence;
};
_Static_assert(sizeof(struct jz_entry) == JZ_SIZE_DRAIN_ENTRY, "drain entry");

EXPORT uint32_t jz_abi_version(void);
EXPORT struct jz_link *jz_attach(int memory_fd, int wake_isolate_fd, int wake_janus_fd, int *error);
EXPORT void jz_detach(struct jz_link *link);
EXPORT void *jz_down_data(struct jz_link *link);
EXPORT void *jz_counters(struct jz_link *link);
EXPORT uint32_t jz_generation(struct jz_link *link);
EXPORT uint32_t jz_longest(struct jz_link *link);
EXPORT int jz_boot_read(int fd, void *buffer, uint32_t size);
EXPORT int jz_drain(struct jz_link *link, struct jz_entry *entries, uint32_t max);
EXPORT void jz_commit(struct jz_link *link, uint32_t next, uint32_t more);
EXPORT void jz_rest(struct jz_link *link, uint32_t resting);
EXPORT double jz_down_used(const struct jz_link *link);
EXPORT double jz_down_size(const struct jz_link *link);
EXPORT int jz_pack(const struct jz_link *link, const struct jz_entry *entries, const uint32_t *indices, uint32_t count,
	uint8_t *target, uint32_t capacity, uint32_t *offsets);
EXPORT uint32_t jz_topic(const struct jz_link *link, const struct jz_entry *entries, uint32_t index,
	const char *head, uint32_t head_length, char *target);
EXPORT int jz_push(struct jz_link *link, uint32_t kind, uint32_t flags, uint32_t peer, double request, const void *payload, uint32_t length);
EXPORT int jz_sleep(struct jz_link *link);
EXPORT void jz_awake(struct jz_link *link, uint32_t signalled);
EXPORT void jz_nap(struct jz_link *link, uint32_t microseconds);
EXPORT int jz_stopping(struct jz_link *link);
EXPORT int jz_status_write(struct jz_link *link, const void *text, uint32_t length);
EXPORT int jz_contains(const void *text, uint32_t length, const void *word, uint32_t word_length);
EXPORT int jz_socket_remove(const char *path);
EXPORT void jz_trim(void);
EXPORT double jz_memory(void);
EXPORT void jz_copy(void *target, const void *source, uint32_t offset, uint32_t length);

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
struct jz_link *jz_attach(int memory_fd, int wake_isolate_fd, int wake_janus_fd, int *error) {
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
	link->wake_isolate_fd = wake_isolate_fd;
	link->wake_janus_fd = wake_janus_fd;
	jz_link_lay(link, link->shared->down_offset, link->shared->down_size, link->shared->up_size);
	link->down.wake_fd = -1; /* we consume, and Janus never waits for room */
	link->up.wake_fd = wake_janus_fd;
	link->drained = atomic_load(&link->shared->down.head);
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
			return 0; /* for a moment: jz_sleep does not let the isolate block now */
		link->offered = false;
		link->drained = atomic_load(&link->shared->down.head);
	}
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

/* The oldest record is done with. If there is `more`, the one whose payload is at offset `next` is
 * handled now. */
void jz_commit(struct jz_link *link, uint32_t next, uint32_t more) {
	uint64_t position = link->drained;
	if(more) {
		/* Where the next record begins; a skip record before it goes along. */
		uint64_t head = atomic_load_explicit(&link->shared->down.head, memory_order_relaxed);
		uint64_t begin = next - sizeof(struct jz_record), at = head % link->down.size;
		position = head + (begin >= at ? begin - at : link->down.size - at + begin);
	}
	jz_ring_consume(&link->down, position, more != 0);
}

/* What is in hand waits for something else, or is handled again. While it waits, the isolate's end is
 * not the fault of the record at head. */
void jz_rest(struct jz_link *link, uint32_t resting) {
	atomic_store_explicit(&link->shared->down.busy, resting == 0, memory_order_release);
}

double jz_down_used(const struct jz_link *link) {
	return (double)jz_ring_used(&link->down);
}

double jz_down_size(const struct jz_link *link) {
	return (double)link->down.size;
}

/* The JSON text of an event stands behind the name of what it is of. */
static uint32_t name_length(const struct jz_entry *entry) {
	return entry->kind == JZ_DOWN_EVENT && entry->flags <= entry->length ? entry->flags : 0;
}

/* Writes the JSON texts of these entries as one array. Returns how many fit, the first ones;
 * text i is at offsets[i] to offsets[i + 1] - 1, and the array ends at offsets[that many]. */
int jz_pack(const struct jz_link *link, const struct jz_entry *entries, const uint32_t *indices, uint32_t count,
		uint8_t *target, uint32_t capacity, uint32_t *offsets) {
	uint32_t at = 0, taken = 0;
	for(; taken < count; taken++) {
		const struct jz_entry *entry = &entries[indices[taken]];
		uint32_t name = name_length(entry), length = entry->length - name;
		if((uint64_t)at + length + 2 > capacity)
			break;
		target[at++] = taken > 0 ? ',' : '[';
		offsets[taken] = at;
		memcpy(target + at, link->down.data + entry->offset + name, length);
		at += length;
	}
	if(taken > 0)
		target[at++] = ']';
	offsets[taken] = at;
	return (int)taken;
}

/* The topic of an event: `head`, its session (- if it has none), a dot and its name. `target` must take
 * 300 bytes more than the head has. Returns the length. */
uint32_t jz_topic(const struct jz_link *link, const struct jz_entry *entries, uint32_t index,
		const char *head, uint32_t head_length, char *target) {
	const struct jz_entry *entry = &entries[index];
	char digits[24];
	size_t at = sizeof digits, name = name_length(entry);
	if(name > JZ_SIZE_NAME)
		name = 0;
	digits[--at] = '.';
	/* Signed, as the JSON text has it. */
	int64_t session = (int64_t)entry->session;
	uint64_t rest = session < 0 ? 0 - entry->session : entry->session;
	if(session == 0)
		digits[--at] = '-';
	for(; rest > 0; rest /= 10)
		digits[--at] = (char)('0' + rest % 10);
	if(session < 0)
		digits[--at] = '-';
	char *end = target;
	memcpy(end, head, head_length);
	end += head_length;
	memcpy(end, digits + at, sizeof digits - at);
	end += sizeof digits - at;
	memcpy(end, link->down.data + entry->offset, name);
	end += name;
	return (uint32_t)(end - target);
}

/* Copies a record up. Returns 0; -EAGAIN when the ring is full (the isolate is woken when there is
 * room again); -EMSGSIZE when it never fits. */
int jz_push(struct jz_link *link, uint32_t kind, uint32_t flags, uint32_t peer, double request, const void *payload, uint32_t length) {
	if(length > jz_ring_longest(link->up.size))
		return -EMSGSIZE;
	struct jz_record record = {
		.length = length, .kind = (uint16_t)kind, .flags = (uint16_t)flags,
		.peer = peer, .request = (uint64_t)request,
	};
	int result = jz_ring_write(&link->up, &record, payload, 0);
	if(result == -EAGAIN) {
		/* Said before the second look: see jz_ring_consume. */
		atomic_store(&link->up.control->starved, 1);
		result = jz_ring_write(&link->up, &record, payload, 0);
	}
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
	if(signalled && read(link->wake_isolate_fd, &drop, sizeof drop) < 0)
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

/* Removes a Unix socket's file, and no other kind. Returns 0 or -errno. */
int jz_socket_remove(const char *path) {
	struct stat stat;
	if(lstat(path, &stat) < 0)
		return -errno;
	if(!S_ISSOCK(stat.st_mode))
		return -ENOTSOCK;
	return unlink(path) < 0 ? -errno : 0;
}

/* True if the loader has written into the program's code, which is then no copy of the file's. */
static bool program_relocated(const struct dl_phdr_info *info) {
	for(size_t i = 0; i < info->dlpi_phnum; i++) {
		if(info->dlpi_phdr[i].p_type != PT_DYNAMIC)
			continue;
		for(const ElfW(Dyn) *entry = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr); entry->d_tag != DT_NULL; entry++)
			if(entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)))
				return true;
	}
	return false;
}

static int program_drop(struct dl_phdr_info *info, size_t size, void *page) {
	(void)size;
	const ElfW(Addr) mask = *(const ElfW(Addr) *)page - 1;
	for(size_t i = 0; i < info->dlpi_phnum && !program_relocated(info); i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		if(segment->p_type != PT_LOAD || (segment->p_flags & PF_W))
			continue;
		/* Whole pages of this segment's alone. */
		ElfW(Addr) begin = (info->dlpi_addr + segment->p_vaddr + mask) & ~mask;
		ElfW(Addr) end = (info->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~mask;
		if(begin < end)
			madvise((void *)begin, end - begin, MADV_DONTNEED);
	}
	return 1; /* only the first: the program itself, which nobody can write to while it runs */
}

/* Gives back what only the start needed: free memory of malloc's, and pages of the program's file. Those
 * that are needed after all come back from the page cache at the next touch. Any time. */
void jz_trim(void) {
	ElfW(Addr) page = (ElfW(Addr))sysconf(_SC_PAGESIZE);
#ifdef __GLIBC__
	malloc_trim(0);
#endif
	dl_iterate_phdr(program_drop, &page);
}

/* Bytes of memory that are the process's own: no files, no ring. -1 where the system does not tell. */
double jz_memory(void) {
	char text[128];
	unsigned long resident, shared;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if(fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	if(sscanf(text, "%*u %lu %lu", &resident, &shared) != 2 || shared > resident)
		return -1;
	return (double)(resident - shared) * (double)sysconf(_SC_PAGESIZE);
}

/* memcpy from an address that came from C, for an isolate that may no longer make views. */
void jz_copy(void *target, const void *source, uint32_t offset, uint32_t length) {
	memcpy(target, (const char *)source + offset, length);
}

/* 1 if the text has the word in it, in small letters or capitals. */
int jz_contains(const void *text, uint32_t length, const void *word, uint32_t word_length) {
	const char *at = text, *end = at + length;
	if(word_length == 0)
		return 1;
	for(; (at = memchr(at, *(const char *)word, (size_t)(end - at))) != NULL && (size_t)(end - at) >= word_length; at++)
		if(!strncasecmp(at, word, word_length))
			return 1;
	return 0;
}
