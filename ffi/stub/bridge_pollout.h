/* What libzmq wants to know of writing, between it and epoll. */
#ifndef JZ_BRIDGE_POLLOUT_H
#define JZ_BRIDGE_POLLOUT_H

#include <stdbool.h>
#include <sys/epoll.h>

/* A call of epoll_ctl. Returns true if the kernel need not hear of it. */
bool jz_pollout_take(int operation, int fd, const struct epoll_event *event);

/* Before a wait: what is told instead of waiting, `most` events at most. Returns how many. `ask` is called
 * for each descriptor of which the kernel has to be asked after all. */
int jz_pollout_tell(int epoll_fd, struct epoll_event *events, int most,
	int (*ask)(int epoll_fd, int operation, int fd, struct epoll_event *event));

#endif
