/* A link for tests, both ends in one process: Janus's side as created, the isolate's over the same
 * mapping, so that the thread sanitizer sees both. */
#ifndef JZ_LINK_FIXTURE_H
#define JZ_LINK_FIXTURE_H

#include <stdlib.h>

#include "isolate.h"
#include "tap.h"

#define HEADER sizeof(struct jz_record)
#define KIND 3

static struct jz_link janus, isolate;

/* The isolate's view, as jz_attach makes it, over Janus's mapping. */
static void isolate_lay(void) {
	isolate = janus;
	jz_link_lay(&isolate, jz_link_offset(&janus, &janus.down), janus.down.size, janus.up.size);
	isolate.up.wake_fd = janus.wake_janus_fd;
	isolate.drained = atomic_load(&janus.shared->down.head);
}

static void links_open(uint64_t bytes) {
	if(!CHECK(jz_link_create(&janus, "test", bytes) == 0))
		exit(1);
	jz_link_renew(&janus);
	isolate_lay();
}

#endif
