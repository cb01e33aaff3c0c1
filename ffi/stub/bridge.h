/* What the child calls through FFI, in the plugin's own file (ffi/bridge/native.ts declares it). Results
 * below 0 are -errno. Numbers that JavaScript counts with (request ids, lengths) fit 53 bits and arrive as
 * doubles where BigInt would cost more. */
#ifndef JZ_BRIDGE_H
#define JZ_BRIDGE_H

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

/* bridge_link.c */
EXPORT uint32_t jz_abi_version(void);
EXPORT struct jz_link *jz_attach(int memory_fd, int wake_child_fd, int wake_janus_fd, int *error);
EXPORT void jz_detach(struct jz_link *link);
EXPORT void *jz_down_data(struct jz_link *link);
EXPORT void *jz_counters(struct jz_link *link);
EXPORT uint32_t jz_generation(struct jz_link *link);
EXPORT uint32_t jz_longest(struct jz_link *link);
EXPORT int jz_boot_read(int fd, void *buffer, uint32_t size);
EXPORT int jz_drain(struct jz_link *link, struct jz_entry *entries, uint32_t max);
EXPORT void jz_commit(struct jz_link *link, uint32_t next, uint32_t more);
EXPORT void jz_pass(struct jz_link *link, uint32_t next, uint32_t more);
EXPORT void jz_release(struct jz_link *link, double sequence);
EXPORT void jz_rest(struct jz_link *link, uint32_t resting);
EXPORT double jz_down_used(const struct jz_link *link);
EXPORT double jz_down_size(const struct jz_link *link);
EXPORT int jz_push(struct jz_link *link, uint32_t kind, uint32_t flags, uint32_t peer, double request, const void *payload, uint32_t length);
EXPORT int jz_put(struct jz_link *link, uint32_t kind, uint32_t flags, uint32_t peer, double request, const void *payload, uint32_t length);
EXPORT void jz_rouse(struct jz_link *link);
EXPORT int jz_sleep(struct jz_link *link);
EXPORT void jz_awake(struct jz_link *link, uint32_t signalled);
EXPORT void jz_nap(struct jz_link *link, uint32_t microseconds);
EXPORT int jz_stopping(struct jz_link *link);
EXPORT int jz_status_write(struct jz_link *link, const void *text, uint32_t length);

/* bridge_events.c */
EXPORT int jz_pack(const struct jz_link *link, const struct jz_entry *entries, const uint32_t *indices, uint32_t count,
	uint8_t *target, uint32_t capacity, uint32_t *offsets);
EXPORT uint32_t jz_topic(const struct jz_link *link, const struct jz_entry *entries, uint32_t index,
	const char *head, uint32_t head_length, char *target);

/* bridge_process.c */
EXPORT int jz_contains(const void *text, uint32_t length, const void *word, uint32_t word_length);
EXPORT int jz_socket_remove(const char *path);
EXPORT int jz_outlive(int lifeline_fd, int milliseconds);
EXPORT void jz_trim(struct jz_link *link);
EXPORT void jz_turns(void);
EXPORT double jz_memory(void);
EXPORT void jz_copy(void *target, const void *source, uint32_t offset, uint32_t length);

/* bridge_connection.c */
EXPORT int jz_connection_full(int fd);
EXPORT int jz_connection_name(int fd, char *text, uint32_t size);

/* bridge_epoll.c: 0, or -ENOENT if libzmq is not loaded, or does not use epoll as expected. */
EXPORT int jz_zmq_guard(void);

/* bridge_companion.c */
void jz_companions_kill(void); /* all at once, without the supervisor */
EXPORT int jz_companion_ask(int control_fd, uint32_t verb, uint32_t id);
EXPORT int jz_companion_hear(int control_fd, struct jz_companion_word *word, int fds[JZ_COMPANION_ENDS]);
EXPORT int jz_socket_read(int fd, void *buffer, uint32_t offset, uint32_t size);
EXPORT int jz_socket_write(int fd, const void *buffer, uint32_t offset, uint32_t size);
EXPORT int jz_socket_wait(int fd, int milliseconds);
EXPORT void jz_socket_close(int fd);

#endif
