/* The memory that Janus and the child share: a header, a status page, counters and two rings. */
#ifndef JZ_LINK_H
#define JZ_LINK_H

#include "ring.h"

#define JZ_COUNT_MAX 9007199254740992.0 /* 2^53: whole numbers are exact below it */
#define JZ_MAGIC 0x716d7a2d73756e61ull /* "anus-zmq", little-endian */

struct jz_shared {
	/* Written by Janus before each child starts, from what it keeps itself. */
	uint64_t magic;
	uint32_t abi_version;
	uint32_t generation; /* counts the children; one that holds an older number is a stranger */
	uint64_t size;
	uint64_t down_offset, down_size, up_offset, up_size;
	_Alignas(64) _Atomic uint32_t stop; /* Janus: drain, flush and exit */
	_Alignas(64) _Atomic uint64_t heartbeat; /* child: rounds of its loop */
	struct jz_ring_control down, up;
	/* child: status_sequence is odd while it writes */
	_Alignas(64) _Atomic uint32_t status_sequence;
	uint32_t status_length;
	char status[JZ_SIZE_STATUS_PAGE];
	/* child; Janus some of them (places.gen.h) */
	_Alignas(64) _Atomic double counters[JZ_SIZE_COUNTERS];
};

/* What child and supervisor say of companions, over a socket of their own (JZ_COMPANION_...). */
struct jz_companion_word {
	uint32_t verb, id;
	char text[JZ_SIZE_COMPANION_TEXT]; /* ends with a NUL */
};
_Static_assert(sizeof(struct jz_companion_word) == JZ_SIZE_COMPANION_WORD, "companion word");
/* What comes with JZ_COMPANION_STARTED: the child's ends of the companion's output, and of its input. */
#define JZ_COMPANION_ENDS 2
/* After them comes its pidfd, for when there is no supervisor any more that would end it. */
#define JZ_COMPANION_SENT (JZ_COMPANION_ENDS + 1)
/* So many at a time: one at work, its successor, and those that are being ended; of both programs. */
#define JZ_COMPANIONS_MAX 6

/* One process's view of it. */
struct jz_link {
	struct jz_shared *shared;
	uint64_t size;
	uint32_t generation; /* Janus: as in the header, which the child may spoil */
	struct jz_ring down, up;
	uint64_t drained; /* child: how far the down ring was handed over */
	bool offered; /* child: the down ring, to be begun anew */
	int memory_fd, wake_child_fd, wake_janus_fd;
};

/* Janus's side: makes memory, eventfds and rings. Returns 0 or -errno. */
int jz_link_create(struct jz_link *link, const char *name, uint64_t ring_bytes);

/* Janus's side: readies the memory for a new child: the header is written anew, and a counter that is
 * no count begins at 0. What stands in the rings stays. */
void jz_link_renew(struct jz_link *link);

/* Janus's side: empties both rings, after the child has spoilt one. */
void jz_link_reset(struct jz_link *link);

void jz_link_destroy(struct jz_link *link);

/* Copies the status page: at most `size - 1` bytes and a NUL. Returns the length, or 0 when there is
 * none or the child died while it wrote. */
size_t jz_link_status_read(const struct jz_link *link, char *text, size_t size);

/* Either side: lays the rings over mapped memory, the down ring first. */
void jz_link_lay(struct jz_link *link, uint64_t down_offset, uint64_t down_size, uint64_t up_size);

/* How far a ring's data is from the beginning of the memory. */
uint64_t jz_link_offset(const struct jz_link *link, const struct jz_ring *ring);

#endif
