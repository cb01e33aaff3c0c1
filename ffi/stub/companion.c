#define _GNU_SOURCE
#include "companion.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "logpipe.h"

/* Words of the child's in one round: it has no reason to say more. */
#define WORDS_PER_ROUND 16

struct companion {
	struct jz_process process;
	struct jz_logpipe err;
	uint32_t id; /* the child's name for it; 0: nobody asks for it any more */
};

static struct {
	int control_fd; /* ours of the pair */
	struct companion companions[JZ_COMPANIONS_MAX];
} self = {
	.control_fd = -1,
	.companions = { [0 ... JZ_COMPANIONS_MAX - 1] = { .process = JZ_NO_PROCESS } },
};

int jz_companions_open(void) {
	int pair[2];
	jz_companions_close();
	if(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	self.control_fd = pair[0];
	return pair[1];
}

void jz_companions_close(void) {
	for(int i = 0; i < JZ_COMPANIONS_MAX; i++) {
		self.companions[i].id = 0;
		jz_process_kill(&self.companions[i].process);
	}
	if(self.control_fd >= 0)
		close(self.control_fd);
	self.control_fd = -1;
}

bool jz_companions_alive(void) {
	for(int i = 0; i < JZ_COMPANIONS_MAX; i++)
		if(self.companions[i].process.pid != 0)
			return true;
	return false;
}

/* Tells the child something of a companion; what it gets of one that was started goes along. */
static void tell(uint32_t verb, uint32_t id, const char *text, const int *fds) {
	struct jz_companion_word word = { .verb = verb, .id = id };
	union {
		char bytes[CMSG_SPACE(JZ_COMPANION_SENT * sizeof(int))];
		struct cmsghdr align;
	} control = { .bytes = "" };
	struct iovec part = { .iov_base = &word, .iov_len = sizeof word };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	snprintf(word.text, sizeof word.text, "%s", text);
	if(fds != NULL) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof control.bytes;
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		*header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(JZ_COMPANION_SENT * sizeof *fds) };
		memcpy(CMSG_DATA(header), fds, JZ_COMPANION_SENT * sizeof *fds);
	}
	/* A child that does not listen is ended by the watchdog; EPIPE: it has ended, as all do at Janus's end. */
	if(sendmsg(self.control_fd, &message, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		jz_log(LOG_WARN, "Cannot tell the plugin's process of another one: %s", strerror(errno));
}

static struct companion *companion_find(uint32_t id) {
	for(int i = 0; id != 0 && i < JZ_COMPANIONS_MAX; i++)
		if(self.companions[i].process.pid != 0 && self.companions[i].id == id)
			return &self.companions[i];
	return NULL;
}

static void companion_start(const struct jz_companion_word *word, const struct jz_child_setup *setup, const struct jz_settings *settings) {
	struct companion *companion = NULL;
	const uint32_t id = word->id;
	const bool stream = word->verb == JZ_COMPANION_START_STREAM;
	char *reason = NULL;
	int in[2], out[2];
	for(int i = 0; i < JZ_COMPANIONS_MAX && companion == NULL; i++)
		if(self.companions[i].process.pid == 0)
			companion = &self.companions[i];
	if(id == 0 || companion_find(id) != NULL || companion == NULL) {
		tell(JZ_COMPANION_ENDED, id, "could not be started: too many at a time", NULL);
		return;
	}
	/* A pair for each way: a reader that waits is woken for nothing when what it wrote to the same socket is read. */
	if(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) < 0) {
		tell(JZ_COMPANION_ENDED, id, strerror(errno), NULL);
		return;
	}
	if(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, out) < 0) {
		tell(JZ_COMPANION_ENDED, id, strerror(errno), NULL);
		goto close_in;
	}
	if((stream ? jz_stream_spawn : jz_companion_spawn)(&companion->process, setup, settings, in[1], out[1], &reason) < 0) {
		tell(JZ_COMPANION_ENDED, id, reason != NULL ? reason : "could not be started", NULL);
		free(reason);
	} else {
		companion->id = id;
		companion->err = (struct jz_logpipe){ .level = LOG_ERR, .title = stream ? "Stream" : settings->grants.title };
		tell(JZ_COMPANION_STARTED, id, "", (const int[JZ_COMPANION_SENT]){ out[0], in[0], companion->process.pidfd });
	}
	close(out[0]);
	close(out[1]);
close_in:
	close(in[0]);
	close(in[1]);
}

static void control_read(const struct jz_child_setup *setup, const struct jz_settings *settings) {
	struct jz_companion_word word;
	for(int i = 0; i < WORDS_PER_ROUND && recv(self.control_fd, &word, sizeof word, 0) == (ssize_t)sizeof word; i++) {
		if(word.verb == JZ_COMPANION_START || word.verb == JZ_COMPANION_START_STREAM) {
			companion_start(&word, setup, settings);
		} else if(word.verb == JZ_COMPANION_KILL) {
			struct companion *companion = companion_find(word.id);
			if(companion != NULL)
				jz_process_kill(&companion->process);
		}
	}
}

static void companion_ended(struct companion *companion, uint64_t now_ms) {
	char how[128];
	if(companion->process.err_fd >= 0)
		jz_logpipe_read(&companion->err, companion->process.err_fd, now_ms);
	jz_logpipe_flush(&companion->err);
	jz_process_reap(&companion->process, how, sizeof how);
	if(companion->id != 0)
		tell(JZ_COMPANION_ENDED, companion->id, how, NULL);
	companion->id = 0;
}

void jz_companions_watch(struct pollfd fds[JZ_COMPANIONS_FDS]) {
	fds[0] = (struct pollfd){ .fd = self.control_fd, .events = POLLIN };
	for(int i = 0; i < JZ_COMPANIONS_MAX; i++) {
		const struct jz_process *process = &self.companions[i].process;
		fds[1 + 2 * i] = (struct pollfd){ .fd = process->pid != 0 ? process->pidfd : -1, .events = POLLIN };
		fds[2 + 2 * i] = (struct pollfd){ .fd = process->pid != 0 ? process->err_fd : -1, .events = POLLIN };
	}
}

void jz_companions_update(const struct pollfd fds[JZ_COMPANIONS_FDS], const struct jz_child_setup *setup, const struct jz_settings *settings,
		uint64_t now_ms) {
	for(int i = 0; i < JZ_COMPANIONS_MAX; i++) {
		struct companion *companion = &self.companions[i];
		jz_logpipe_tell(&companion->err, now_ms);
		/* A closed pipe polls ready for ever: the end is seen by the pidfd. */
		if(fds[2 + 2 * i].revents && !jz_logpipe_read(&companion->err, companion->process.err_fd, now_ms))
			jz_fd_close(&companion->process.err_fd);
		if(fds[1 + 2 * i].revents)
			companion_ended(companion, now_ms);
	}
	/* The child's end closes it; that it ended is seen elsewhere. */
	if(fds[0].revents & POLLIN)
		control_read(setup, settings);
	if(fds[0].revents & (POLLHUP | POLLERR))
		jz_companions_close();
}
