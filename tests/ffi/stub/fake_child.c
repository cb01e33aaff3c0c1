/* Stands in for Deno under the supervisor's test: takes the descriptors that the stub gives. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <jansson.h>

#include "fake_child.h"
#include "bridge.h"

static struct jz_link *shared;

static void log_line(const char *text) {
	jz_push(shared, JZ_UP_LOG, 4, 0, 0, text, (uint32_t)strlen(text));
}

static void report(void) {
	extern char **environ;
	char line[256], target[64];
	for(int fd = 0; fd < 1024; fd++) {
		if(fcntl(fd, F_GETFD) < 0)
			continue;
		char link[32];
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		ssize_t length = readlink(link, target, sizeof target - 1);
		target[length > 0 ? length : 0] = '\0';
		snprintf(line, sizeof line, "descriptor %d is %s", fd, target);
		log_line(line);
	}
	for(char **variable = environ; *variable != NULL; variable++) {
		snprintf(line, sizeof line, "variable %s", *variable);
		log_line(line);
	}
	struct sigaction action;
	sigset_t blocked;
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for(int number = 1; number < 32; number++) {
		if(sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
			snprintf(line, sizeof line, "ignores %d", number);
			log_line(line);
		}
		if(number != SIGKILL && number != SIGSTOP && !sigismember(&blocked, number)) {
			snprintf(line, sizeof line, "takes %d.", number);
			log_line(line);
		}
	}
	struct rlimit core;
	getrlimit(RLIMIT_CORE, &core);
	FILE *file = fopen("/proc/self/coredump_filter", "r");
	unsigned filter = ~0u;
	if(file == NULL || fscanf(file, "%x", &filter) != 1)
		log_line("no coredump_filter");
	if(file != NULL)
		fclose(file);
	snprintf(line, sizeof line, "core %llu bytes, filter %x", (unsigned long long)core.rlim_max, filter);
	log_line(line);
	snprintf(line, sizeof line, "leads its session: %s", getsid(0) == getpid() ? "yes" : "no");
	log_line(line);
	log_line("reported");
}

static void handle(const struct jz_entry *entry) {
	switch(entry->kind) {
		case FAKE_ECHO:
			jz_push(shared, FAKE_ECHOED, 0, entry->peer, (double)entry->request, NULL, 0);
			break;
		case FAKE_EXIT:
			_exit(3);
		case FAKE_HANG:
			for(;;)
				pause();
		case FAKE_SPOIL_DOWN:
			memset(shared->down.data, 0xaa, shared->down.size);
			abort();
		case FAKE_SPOIL_TAIL:
			atomic_fetch_add(&shared->shared->down.tail, 4);
			abort();
		case FAKE_SPOIL_HEADER:
			memset(shared->shared, (int)entry->request, sizeof *shared->shared);
			abort();
		case FAKE_TAKE:
			for(int i = 0; i < 30000; i++)
				while(jz_push(shared, FAKE_ECHOED, 0, 0, i + 1, NULL, 0) != 0)
					usleep(1000);
			while(atomic_load(&shared->shared->up.rewind) != JZ_REWIND_OFFERED)
				usleep(1000);
			atomic_store(&shared->shared->up.rewind, JZ_REWIND_TAKEN);
			for(;;) {
				jz_awake(shared, 0); /* it moves */
				usleep(10000);
			}
		case FAKE_SPOIL_UP:
			memset(shared->up.data, 0xaa, shared->up.size);
			atomic_fetch_add(&shared->shared->up.tail, 4096);
			jz_wake(shared->wake_janus_fd);
			break;
		case FAKE_NONSENSE:
			jz_push(shared, 9999, 0, 0, 0, NULL, 0);
			break;
		case FAKE_PRINT:
			for(uint64_t i = 0; i < entry->request; i++)
				printf("line %llu\n", (unsigned long long)i);
			fprintf(stderr, "and no newline");
			fflush(stdout);
			break;
		case FAKE_PRINT_LONG:
			for(uint64_t i = 0; i < entry->request; i++) {
				for(int j = 0; j < 2 * 4096 + 10; j++)
					putchar('l');
				putchar('\n');
			}
			fflush(stdout);
			break;
		case FAKE_REPORT:
			report();
			break;
		case FAKE_PARTING:
			for(int i = 1; i <= PARTING; i++)
				jz_push(shared, FAKE_ECHOED, 0, 0, i, NULL, 0);
			_exit(4);
		default:
			break;
	}
}

/* The orders: a file in the folder of the configuration. */
static void orders_read(char *text, size_t size) {
	char path[4096];
	int fd = dup(JZ_FD_BOOT);
	lseek(fd, 0, SEEK_SET);
	json_t *boot = json_loadfd(fd, 0, NULL);
	close(fd);
	const char *config = json_string_value(json_object_get(json_object_get(boot, "config"), "path"));
	if(config == NULL)
		_exit(90);
	const char *slash = strrchr(config, '/');
	snprintf(path, sizeof path, "%.*s/%s", (int)(slash - config), config, ORDERS);
	FILE *file = fopen(path, "r");
	size_t length = file != NULL ? fread(text, 1, size - 1, file) : 0;
	text[length] = '\0';
	if(file != NULL)
		fclose(file);
	json_decref(boot);
}

static void loop(bool deaf) {
	struct jz_entry entries[16];
	for(;;) {
		bool stopping = jz_stopping(shared) && !deaf;
		int count = jz_drain(shared, entries, 16);
		if(count < 0)
			_exit(80);
		for(int i = 0; i < count; i++) {
			handle(&entries[i]);
			jz_commit(shared, i + 1 < count ? entries[i + 1].offset : 0, i + 1 < count);
		}
		if(count > 0)
			continue;
		if(stopping)
			return;
		struct pollfd fds[] = { { .fd = JZ_FD_WAKE_CHILD, .events = POLLIN }, { .fd = JZ_FD_LIFELINE, .events = POLLIN } };
		if(!jz_sleep(shared) && !deaf)
			continue;
		poll(fds, 2, -1);
		jz_awake(shared, fds[0].revents != 0);
		if(fds[1].revents)
			_exit(0);
	}
}

int main(int argc, char **argv) {
	char orders[4096];
	int error = 0;
	(void)argc;
	(void)argv;
	shared = jz_attach(JZ_FD_MEMORY, JZ_FD_WAKE_CHILD, JZ_FD_WAKE_JANUS, &error);
	if(shared == NULL)
		return 91;
	orders_read(orders, sizeof orders);
	if(!strncmp(orders, "exit", 4))
		_exit(5);
	if(!strncmp(orders, "crash", 5))
		abort();
	if(!strncmp(orders, "silent", 6))
		for(;;)
			pause();
	if(!strncmp(orders, "fail ", 5) || !strncmp(orders, "disabled ", 9)) {
		const char *reason = strchr(orders, ' ') + 1;
		jz_push(shared, JZ_UP_FAILED, *orders == 'd' ? JZ_FAILED_DISABLED : 0, 0, 0, reason, (uint32_t)strlen(reason));
		if(strstr(orders, "linger") != NULL)
			pause();
		_exit(1);
	}
	const char status[] = "{\"answers\":{\"info\":{\"counters\":{\"second\":{\"counter\":1}},\"endpoint\":\"here\"},"
		"\"weather\":{\"sun\":{\"counter\":1}}},\"settings\":{}}";
	jz_status_write(shared, status, sizeof status - 1);
	atomic_store(&shared->shared->counters[1], 42.0);
	if(!strncmp(orders, "gone", 4)) {
		/* Ready, and dead before anybody looks: with so much before it that one look is not enough. */
		for(int i = 0; i < 3000; i++)
			log_line("chatter");
	}
	jz_push(shared, JZ_UP_READY, 0, 0, 0, "{}", 2);
	if(!strncmp(orders, "gone", 4))
		_exit(6);
	loop(!strncmp(orders, "deaf", 4));
	return 0;
}
