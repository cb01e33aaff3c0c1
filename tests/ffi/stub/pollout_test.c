/* What libzmq is told of writing without the kernel, and when the kernel hears of it. */
#include "bridge_pollout.h"
#include "tap.h"

#define BOTH (EPOLLIN | EPOLLOUT)

/* What the kernel was asked. */
static struct {
	int calls, fd;
	uint32_t events;
} asked;

static int ask(int epoll_fd, int operation, int fd, struct epoll_event *event) {
	CHECK(epoll_fd == 3 && operation == EPOLL_CTL_MOD && event->data.u64 == (uint64_t)fd);
	asked.calls++;
	asked.fd = fd;
	asked.events = event->events;
	return 0;
}

static bool take(int operation, int fd, uint32_t events) {
	return jz_pollout_take(operation, fd, &(struct epoll_event){ .events = events, .data.u64 = (uint64_t)fd });
}

static int tell(struct epoll_event *events, int most) {
	return jz_pollout_tell(3, events, most, ask);
}

static void descriptor_add(int fd) {
	asked.calls = 0;
	CHECK(!take(EPOLL_CTL_ADD, fd, 0) && !take(EPOLL_CTL_MOD, fd, EPOLLIN));
}

static void test_spared(void) {
	struct epoll_event told[4];
	descriptor_add(7);
	CHECK(tell(told, 4) == 0);
	for(int round = 0; round < 3; round++) {
		CHECK(take(EPOLL_CTL_MOD, 7, BOTH));
		CHECK(tell(told, 4) == 1 && told[0].events == EPOLLOUT && told[0].data.u64 == 7);
		CHECK(take(EPOLL_CTL_MOD, 7, EPOLLIN));
		CHECK(tell(told, 4) == 0);
	}
	CHECK(take(EPOLL_CTL_MOD, 7, BOTH) && take(EPOLL_CTL_MOD, 7, EPOLLIN));
	CHECK(tell(told, 4) == 0 && asked.calls == 0);
}

static void test_asked(void) {
	struct epoll_event told[4];
	descriptor_add(7);
	CHECK(take(EPOLL_CTL_MOD, 7, BOTH) && tell(told, 4) == 1 && asked.calls == 0);
	CHECK(tell(told, 4) == 0 && asked.calls == 1 && asked.fd == 7 && asked.events == BOTH);
	CHECK(tell(told, 4) == 0 && asked.calls == 1);
	/* What the kernel was asked it has to be told the end of. */
	CHECK(!take(EPOLL_CTL_MOD, 7, EPOLLIN));
	CHECK(take(EPOLL_CTL_MOD, 7, BOTH) && tell(told, 4) == 1);
}

static void test_others(void) {
	struct epoll_event told[4];
	/* Unknown, also beyond all that are known; nothing but EPOLLOUT; a change of both. */
	CHECK(!take(EPOLL_CTL_MOD, 8, BOTH) && !take(EPOLL_CTL_MOD, 100000, BOTH) && !take(EPOLL_CTL_DEL, 100000, 0));
	CHECK(!take(EPOLL_CTL_ADD, 9, 0) && !take(EPOLL_CTL_MOD, 9, EPOLLOUT) && !take(EPOLL_CTL_MOD, 9, EPOLLIN));
	CHECK(!take(EPOLL_CTL_MOD, 9, EPOLLOUT) && tell(told, 4) == 0);
	/* The kernel hears of all that is wanted where it hears of something else. */
	descriptor_add(7);
	CHECK(take(EPOLL_CTL_MOD, 7, BOTH) && !take(EPOLL_CTL_MOD, 7, EPOLLOUT));
	CHECK(tell(told, 4) == 0 && asked.calls == 0);
}

static void test_gone(void) {
	struct epoll_event told[4];
	descriptor_add(7);
	CHECK(take(EPOLL_CTL_MOD, 7, BOTH) && !take(EPOLL_CTL_DEL, 7, 0));
	CHECK(tell(told, 4) == 0);
	CHECK(!take(EPOLL_CTL_MOD, 7, BOTH));
	descriptor_add(7);
	CHECK(take(EPOLL_CTL_MOD, 7, BOTH) && !take(EPOLL_CTL_DEL, 7, 0));
	descriptor_add(7);
	CHECK(tell(told, 4) == 0);
	CHECK(take(EPOLL_CTL_MOD, 7, BOTH) && tell(told, 4) == 1 && asked.calls == 0);
	CHECK(!take(EPOLL_CTL_DEL, 7, 0));
}

static void test_many(void) {
	struct epoll_event told[64];
	int count = 0, rest;
	for(int fd = 10; fd < 210; fd++) {
		descriptor_add(fd);
		CHECK(take(EPOLL_CTL_MOD, fd, BOTH));
	}
	while((rest = tell(told, 64)) > 0) {
		for(int at = 0; at < rest; at++)
			CHECK(take(EPOLL_CTL_MOD, (int)told[at].data.u64, EPOLLIN));
		count += rest;
	}
	CHECK(count == 200 && asked.calls == 0);
}

int main(void) {
	tap_run("pollout: the kernel hears nothing of who can write at once", test_spared);
	tap_run("pollout: the kernel is asked where that is wanted still after it was told", test_asked);
	tap_run("pollout: the kernel hears all else", test_others);
	tap_run("pollout: who was taken out is told nothing, nor who has its descriptor now", test_gone);
	tap_run("pollout: there may be more than are told at once", test_many);
	return tap_end();
}
