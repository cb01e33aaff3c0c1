/* Companions, as the child sees them through FFI: it asks the supervisor for them, and talks to each
 * over a socket for each way. Nothing here blocks but jz_socket_wait. Results below 0 are -errno. */
#define _GNU_SOURCE
#include "bridge.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Those that run, as far as was heard. The thread of jz_outlive ends them, too. */
static struct {
	pthread_mutex_t mutex;
	struct {
		uint32_t id; /* 0: none */
		int pidfd;
	} companions[JZ_COMPANIONS_MAX];
} self = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static void companion_note(uint32_t id, int pidfd) {
	pthread_mutex_lock(&self.mutex);
	for(int i = 0; i < JZ_COMPANIONS_MAX && pidfd >= 0; i++)
		if(self.companions[i].id == 0) {
			self.companions[i].id = id;
			self.companions[i].pidfd = pidfd;
			pidfd = -1;
		}
	pthread_mutex_unlock(&self.mutex);
	if(pidfd >= 0)
		close(pidfd);
}

/* Lets go of one, or of all (0), and ends it before if told to. */
static void companion_drop(uint32_t id, bool kills) {
	pthread_mutex_lock(&self.mutex);
	for(int i = 0; i < JZ_COMPANIONS_MAX; i++) {
		if(self.companions[i].id == 0 || (id != 0 && self.companions[i].id != id))
			continue;
		if(kills)
			syscall(SYS_pidfd_send_signal, self.companions[i].pidfd, SIGKILL, NULL, 0);
		close(self.companions[i].pidfd);
		self.companions[i].id = 0;
	}
	pthread_mutex_unlock(&self.mutex);
}

void jz_companions_kill(void) {
	companion_drop(0, true);
}

/* Asks for something. Returns 0 or -errno: -EAGAIN if the supervisor is far behind. */
int jz_companion_ask(int control_fd, uint32_t verb, uint32_t id) {
	struct jz_companion_word word = { .verb = verb, .id = id };
	if(send(control_fd, &word, sizeof word, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	if(errno == EAGAIN || verb != JZ_COMPANION_KILL || id == 0)
		return -errno;
	companion_drop(id, true); /* Janus is gone */
	return 0;
}

/* The next word of the supervisor's; `fds` gets the ends that came along, which are the caller's now, or
 * -1. Returns 1, or 0 when there is none. */
int jz_companion_hear(int control_fd, struct jz_companion_word *word, int fds[JZ_COMPANION_ENDS]) {
	union {
		char bytes[CMSG_SPACE(JZ_COMPANION_SENT * sizeof(int))];
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
			header->cmsg_len == CMSG_LEN(JZ_COMPANION_SENT * sizeof *fds)) {
		int sent[JZ_COMPANION_SENT];
		memcpy(sent, CMSG_DATA(header), sizeof sent);
		memcpy(fds, sent, JZ_COMPANION_ENDS * sizeof *fds);
		companion_note(word->id, sent[JZ_COMPANION_ENDS]);
	}
	if(n == (ssize_t)sizeof *word && word->verb == JZ_COMPANION_ENDED && word->id != 0)
		companion_drop(word->id, false);
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
