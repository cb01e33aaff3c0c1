/* Spares libzmq (4.3) two calls of epoll_ctl for each message that leaves an idle connection. It asks to be
 * told when it can write, writes at once, is told that it can write, has nothing left, and asks to be told no
 * more. Here it is told without the kernel's word. If it goes on asking after that, the socket takes no more,
 * and the kernel is asked.
 *
 * A thread of libzmq's has an epoll of its own, and a descriptor is added, changed and taken out by the thread
 * that waits for it: so all that is known of descriptors is the thread's. What another one has added is not
 * known, and the kernel hears all of it. */
#include "bridge_pollout.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	bool known;
	bool told; /* since EPOLLOUT was wanted */
	bool listed; /* in own.list */
	uint32_t wanted, asked; /* of us, and of the kernel */
	epoll_data_t data;
};

/* Kept to the thread's end, which is the process's. */
static _Thread_local struct {
	struct entry *entries; /* by descriptor */
	int size;
	int *list; /* has room for all descriptors */
	int count;
} own;

static bool room_make(int fd) {
	int size = own.size > 0 ? own.size : 64;
	if(fd < own.size)
		return true;
	while(size <= fd)
		size *= 2;
	struct entry *entries = realloc(own.entries, (size_t)size * sizeof *entries);
	if(entries == NULL)
		return false;
	own.entries = entries;
	int *list = realloc(own.list, (size_t)size * sizeof *list);
	if(list == NULL)
		return false;
	own.list = list;
	memset(entries + own.size, 0, (size_t)(size - own.size) * sizeof *entries);
	own.size = size;
	return true;
}

bool jz_pollout_take(int operation, int fd, const struct epoll_event *event) {
	if(fd < 0 || (operation == EPOLL_CTL_ADD ? !room_make(fd) : fd >= own.size))
		return false;
	struct entry *entry = &own.entries[fd];
	if(operation == EPOLL_CTL_DEL)
		entry->known = false;
	else if(operation == EPOLL_CTL_ADD)
		*entry = (struct entry){ .known = true, .listed = entry->listed, .wanted = event->events, .asked = event->events };
	if(operation != EPOLL_CTL_MOD || !entry->known)
		return false;
	uint32_t changed = entry->wanted ^ event->events;
	entry->wanted = event->events;
	entry->data = event->data;
	/* Where only EPOLLOUT is wanted, to be told means that a connection was made. */
	if(changed == EPOLLOUT && (entry->wanted & EPOLLIN) && !(entry->asked & EPOLLOUT)) {
		entry->told = false;
		if((entry->wanted & EPOLLOUT) && !entry->listed) {
			own.list[own.count++] = fd;
			entry->listed = true;
		}
		return true;
	}
	entry->asked = entry->wanted;
	return false;
}

int jz_pollout_tell(int epoll_fd, struct epoll_event *events, int most,
		int (*ask)(int epoll_fd, int operation, int fd, struct epoll_event *event)) {
	int told = 0, kept = 0;
	for(int at = 0; at < own.count; at++) {
		int fd = own.list[at];
		struct entry *entry = &own.entries[fd];
		bool pending = entry->known && (entry->wanted & EPOLLOUT) && !(entry->asked & EPOLLOUT);
		if(pending && entry->told) {
			struct epoll_event event = { .events = entry->wanted, .data = entry->data };
			entry->asked = entry->wanted;
			ask(epoll_fd, EPOLL_CTL_MOD, fd, &event);
			pending = false;
		} else if(pending && told < most) {
			events[told++] = (struct epoll_event){ .events = EPOLLOUT, .data = entry->data };
			entry->told = true;
		}
		entry->listed = pending;
		if(pending)
			own.list[kept++] = fd;
	}
	own.count = kept;
	return told;
}
