/* Companions, as the child sees them through FFI: it asks the supervisor for them, and talks to each
 * over a socket for each way. Nothing here blocks but jz_socket_wait. Results below 0 are -errno. */
#define _GNU_SOURCE
#include "bridge.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Asks for something. Returns 0 or -errno: -EAGAIN if the supervisor is far behind. */
int jz_companion_ask(int control_fd, uint32_t verb, uint32_t id) {
	struct jz_companion_word word = { .verb = verb, .id = id };
	return send(control_fd, &word, sizeof word, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* The next word of the supervisor's; `fds` gets the ends that came along, which are the caller's now, or
 * -1. Returns 1, or 0 when there is none. */
int jz_companion_hear(int control_fd, struct jz_companion_word *word, int fds[JZ_COMPANION_ENDS]) {
	union {
		char bytes[CMSG_SPACE(JZ_COMPANION_ENDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec part = { .iov_base = word, .iov_len = sizeof *word };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
	fds[0] = fds[1] = -1;
	ssize_t n = recvmsg(control_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if(n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if(header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
			header->cmsg_len == CMSG_LEN(JZ_COMPANION_ENDS * sizeof *fds))
		memcpy(fds, CMSG_DATA(header), JZ_COMPANION_ENDS * sizeof *fds);
	word->text[sizeof word->text - 1] = '\0';
	return n == (ssize_t)sizeof *word;
}

/* Reads up to `size` bytes to buffer + offset. Returns how many, 0 at the end, -EAGAIN if there are none. */
int jz_socket_read(int fd, void *buffer, uint32_t offset, uint32_t size) {
	ssize_t n = recv(fd, (char *)buffer + offset, size, MSG_DONTWAIT);
	return n < 0 ? -errno : (int)n;
}

/* Writes up to `size` bytes from buffer + offset. Returns how many, -EAGAIN if none can be taken. */
int jz_socket_write(int fd, const void *buffer, uint32_t offset, uint32_t size) {
	ssize_t n = send(fd, (const char *)buffer + offset, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	return n < 0 ? -errno : (int)n;
}

/* Waits until something can be read. */
int jz_socket_wait(int fd, int milliseconds) {
	struct pollfd item = { .fd = fd, .events = POLLIN };
	int count = poll(&item, 1, milliseconds);
	return count < 0 ? -errno : count;
}

void jz_socket_close(int fd) {
	close(fd);
}
