/* The supervisor's part in companions, for tests of the host's: the stub's own code, on a thread of its
 * own as in Janus. What it logs is kept. */
#define _GNU_SOURCE
#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <debug.h>

#include "companion.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int companions_open(const char *config, const char *folder, const char *deno, int memory);
EXPORT void companions_close(void);
EXPORT int companions_log(char *text, uint32_t size);

int janus_log_level = LOG_MAX;
gboolean janus_log_timestamps = FALSE, janus_log_colors = FALSE;
char *janus_log_global_prefix = NULL;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char log_text[1 << 16];
static size_t log_length;

static struct jz_child_setup setup;
static struct jz_settings settings;
static pthread_t thread;
static int stop_fd = -1;

void janus_vprintf(const char *format, ...) {
	va_list arguments;
	pthread_mutex_lock(&mutex);
	va_start(arguments, format);
	int length = vsnprintf(log_text + log_length, sizeof log_text - log_length, format, arguments);
	va_end(arguments);
	if(length > 0 && log_length + (size_t)length < sizeof log_text)
		log_length += (size_t)length;
	pthread_mutex_unlock(&mutex);
}

static uint64_t now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void *supervise(void *argument) {
	(void)argument;
	for(bool stopping = false; !stopping || jz_companions_alive();) {
		struct pollfd fds[1 + JZ_COMPANIONS_FDS] = { { .fd = stopping ? -1 : stop_fd, .events = POLLIN } };
		jz_companions_watch(fds + 1);
		if(poll(fds, sizeof fds / sizeof *fds, -1) < 0)
			continue;
		jz_companions_update(fds + 1, &setup, &settings, now_ms());
		if(fds[0].revents) {
			stopping = true;
			jz_companions_close();
		}
	}
	return NULL;
}

/* Returns the child's end of the control socket, or -errno. */
int companions_open(const char *config, const char *folder, const char *deno, int memory) {
	json_t *tree = json_loads(config, 0, NULL);
	if(tree == NULL)
		return -EINVAL;
	settings = (struct jz_settings){ .deno = strdup(deno), .modules_memory = memory };
	jz_grants_read(&settings.grants, tree, folder);
	json_decref(tree);
	log_length = 0;
	int result = jz_child_setup_open(&setup);
	if(result < 0)
		return result;
	stop_fd = eventfd(0, EFD_CLOEXEC);
	int fd = jz_companions_open();
	if(fd >= 0 && pthread_create(&thread, NULL, supervise, NULL) != 0)
		return -EAGAIN;
	return fd;
}

/* Ends all of them, and waits for it. */
void companions_close(void) {
	uint64_t one = 1;
	if(write(stop_fd, &one, sizeof one) < 0)
		return;
	pthread_join(thread, NULL);
	close(stop_fd);
	jz_child_setup_close(&setup);
	jz_grants_free(&settings.grants);
	free(settings.deno);
}

/* Takes what was logged. Returns its length. */
int companions_log(char *text, uint32_t size) {
	pthread_mutex_lock(&mutex);
	size_t length = log_length < size ? log_length : size;
	memcpy(text, log_text, length);
	log_length = 0;
	pthread_mutex_unlock(&mutex);
	return (int)length;
}
