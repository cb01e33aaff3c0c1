/* A link for tests, both ends in one process: Janus's side as created, the child's over the same
 * mapping, so that the thread sanitizer sees both. */
#ifndef JZ_LINK_FIXTURE_H
#define JZ_LINK_FIXTURE_H

#include <stdlib.h>

#include "bridge.h"
#include "tap.h"

#define HEADER sizeof(struct jz_record)
#define KIND 3

static struct jz_link janus, child;

/* The child's view, as jz_attach makes it, over Janus's mapping. */
static void child_lay(void) {
	child = janus;
	jz_link_lay(&child, jz_link_offset(&janus, &janus.down), janus.down.size, janus.up.size);
	child.up.wake_fd = janus.wake_janus_fd;
	child.drained = atomic_load(&janus.shared->down.head);
}

static void links_open(uint64_t bytes) {
	if(!CHECK(jz_link_create(&janus, "test", bytes) == 0))
		exit(1);
	jz_link_renew(&janus);
	child_lay();
}

#endif
