#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <sys/mman.h>

#include "companion.h"
#include "log.h"

/* A file in memory. Returns its descriptor or -errno. */
static int boot_open(json_t *boot) {
	int fd = memfd_create("janus-zeromq.json", MFD_CLOEXEC);
	if(fd < 0)
		return -errno;
	if(boot != NULL && json_dumpfd(boot, fd, JSON_COMPACT) == 0)
		return fd;
	jz_fd_close(&fd);
	return -ENOMEM;
}

int jz_child_start(struct jz_child *child, const struct jz_child_setup *setup, const struct jz_link *link,
		const struct jz_settings *settings, json_t *boot, char **reason) {
	int boot_fd = boot_open(boot), control_fd = boot_fd < 0 ? -1 : jz_companions_open();
	*reason = NULL;
	json_decref(boot);
	int result = boot_fd < 0 ? boot_fd : control_fd < 0 ? control_fd
		: jz_child_spawn(&child->process, setup, link, settings, boot_fd, control_fd, reason);
	jz_fd_close(&boot_fd);
	jz_fd_close(&control_fd);
	child->out = (struct jz_logpipe){ .level = LOG_INFO };
	child->err = (struct jz_logpipe){ .level = LOG_ERR };
	return result;
}

void jz_child_watch(const struct jz_child *child, struct pollfd fds[JZ_CHILD_FDS]) {
	const struct jz_process *process = &child->process;
	fds[0] = (struct pollfd){ .fd = process->pidfd, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = process->out_fd, .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = process->err_fd, .events = POLLIN };
}

bool jz_child_read(struct jz_child *child, const struct pollfd fds[JZ_CHILD_FDS], uint64_t now_ms) {
	/* A closed pipe polls ready for ever: the child's end will be seen by its pidfd. */
	if(fds[1].revents && !jz_logpipe_read(&child->out, child->process.out_fd, now_ms))
		jz_fd_close(&child->process.out_fd);
	if(fds[2].revents && !jz_logpipe_read(&child->err, child->process.err_fd, now_ms))
		jz_fd_close(&child->process.err_fd);
	return fds[0].revents != 0;
}

void jz_child_tick(struct jz_child *child, uint64_t now_ms) {
	jz_logpipe_tell(&child->out, now_ms);
	jz_logpipe_tell(&child->err, now_ms);
}

int jz_child_end(struct jz_child *child, char *how, size_t size, uint64_t now_ms) {
	jz_logpipe_read(&child->out, child->process.out_fd, now_ms);
	jz_logpipe_read(&child->err, child->process.err_fd, now_ms);
	jz_logpipe_flush(&child->out);
	jz_logpipe_flush(&child->err);
	return jz_process_reap(&child->process, how, size);
}
