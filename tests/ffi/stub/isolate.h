/* What the isolate calls (ffi/stub/isolate.c), for tests in C: TypeScript declares it by itself. */
#ifndef JZ_ISOLATE_H
#define JZ_ISOLATE_H

#include "link.h"

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
void jz_rest(struct jz_link *link, uint32_t resting);
int jz_pack(const struct jz_link *link, const struct jz_entry *entries, const uint32_t *indices, uint32_t count,
	uint8_t *target, uint32_t capacity, uint32_t *offsets);
uint32_t jz_topic(const struct jz_link *link, const struct jz_entry *entries, uint32_t index,
	const char *head, uint32_t head_length, char *target);
int jz_push(struct jz_link *link, uint32_t kind, uint32_t flags, uint32_t peer, double request, const void *payload, uint32_t length);
int jz_sleep(struct jz_link *link);
void jz_awake(struct jz_link *link, uint32_t signalled);
int jz_stopping(struct jz_link *link);
int jz_status_write(struct jz_link *link, const void *text, uint32_t length);

#endif
