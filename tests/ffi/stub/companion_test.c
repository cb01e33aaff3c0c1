/* Companions, from both ends, with a stand-in for Deno. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <debug.h>

#include "bridge.h"
#include "companion.h"
#include "tap.h"

int janus_log_level = LOG_MAX;
gboolean janus_log_timestamps = FALSE, janus_log_colors = FALSE;
char *janus_log_global_prefix = NULL;
static char log_text[1 << 16];
static size_t log_length;

void janus_vprintf(const char *format, ...) {
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(log_text + log_length, sizeof log_text - log_length, format, arguments);
	va_end(arguments);
	if(length > 0 && log_length + (size_t)length < sizeof log_text)
		log_length += (size_t)length;
}

static struct jz_child_setup setup;
static struct jz_settings settings;
static int control_fd;

static unsigned descriptors(void) {
	unsigned count = 0;
	DIR *folder = opendir("/proc/self/fd");
	while(folder != NULL && readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count;
}

static unsigned descriptors_before;

static void begin(void) {
	descriptors_before = descriptors();
	settings = (struct jz_settings){ .deno = strdup(FAKE), .modules_memory = 100 };
	json_t *tree = json_loads("{ \"filters\": { \"modules\": \"/none/a.ts\", \"permissions\": { \"env\": \"COMPANION_TEST\", \"net\": \"a:1\" } } }", 0, NULL);
	jz_grants_read(&settings.grants, tree, "/none/conf");
	json_decref(tree);
	setenv("COMPANION_TEST", "seen", 1);
	log_length = 0;
	log_text[0] = '\0';
	CHECK(jz_child_setup_open(&setup) == 0);
	control_fd = jz_companions_open();
	CHECK(control_fd >= 0);
}

static void turn(int milliseconds) {
	struct pollfd fds[JZ_COMPANIONS_FDS];
	jz_companions_watch(fds);
	if(poll(fds, JZ_COMPANIONS_FDS, milliseconds) > 0)
		jz_companions_update(fds, &setup, &settings, 1);
}

/* Waits for the next word. */
static uint32_t hear(uint32_t id, char *text, int fds[JZ_COMPANION_ENDS]) {
	struct jz_companion_word word;
	for(int i = 0; i < 500; i++) {
		if(jz_companion_hear(control_fd, &word, fds) == 1) {
			CHECK(word.id == id);
			if(text != NULL)
				memcpy(text, word.text, sizeof word.text);
			return word.verb;
		}
		turn(10);
	}
	return 0;
}

/* The ends of one: its output, and its input. */
struct ends {
	int out, in;
};

static struct ends start(uint32_t id) {
	int fds[JZ_COMPANION_ENDS];
	CHECK(jz_companion_ask(control_fd, JZ_COMPANION_START, id) == 0);
	CHECK(hear(id, NULL, fds) == JZ_COMPANION_STARTED && fds[0] >= 0 && fds[1] >= 0 && fds[0] != fds[1]);
	return (struct ends){ .out = fds[0], .in = fds[1] };
}

static void ends_close(struct ends ends) {
	jz_socket_close(ends.out);
	jz_socket_close(ends.in);
}

static void end(void) {
	jz_companions_close();
	for(int i = 0; i < 500 && jz_companions_alive(); i++)
		turn(10);
	CHECK(!jz_companions_alive());
	jz_companions_kill(); /* lets go of them */
	close(control_fd);
	jz_child_setup_close(&setup);
	jz_grants_free(&settings.grants);
	free(settings.deno);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	if(!CHECK(descriptors() == descriptors_before))
		printf("# %u descriptors, not %u\n", descriptors(), descriptors_before);
}

static void test_talk(void) {
	char answer[8192] = "", text[JZ_SIZE_COMPANION_TEXT];
	struct ends ends;
	int none[JZ_COMPANION_ENDS];
	begin();
	ends = start(7);
	CHECK(jz_socket_read(ends.out, answer, 0, 10) == -EAGAIN);
	CHECK(jz_socket_write(ends.in, "abcd", 1, 3) == 3);
	size_t length = 0;
	while(length < 3 && jz_socket_wait(ends.out, 5000) == 1) {
		int n = jz_socket_read(ends.out, answer, (uint32_t)length, sizeof answer);
		length += n > 0 ? (size_t)n : 0;
	}
	CHECK(length == 3 && !memcmp(answer, "bcd", 3));
	CHECK(jz_socket_write(ends.in, "r", 0, 1) == 1);
	for(length = 0; strstr(answer, "end\n") == NULL && jz_socket_wait(ends.out, 5000) == 1;) {
		int n = jz_socket_read(ends.out, answer, (uint32_t)length, (uint32_t)(sizeof answer - 1 - length));
		length += n > 0 ? (size_t)n : 0;
		answer[length] = '\0';
	}
	/* Nothing of ours but its own, and of our environment what is granted. */
	CHECK(strstr(answer, "descriptor 4\n") != NULL && strstr(answer, "descriptor 5\n") == NULL);
	CHECK(strstr(answer, "variable COMPANION_TEST=seen\n") != NULL && strstr(answer, "variable HOME") == NULL);
	CHECK(strstr(answer, "argument --allow-read=/none/a.ts\n") != NULL && strstr(answer, "argument --allow-net=a:1\n") != NULL);
	CHECK(strstr(answer, "argument --allow-env=COMPANION_TEST\n") != NULL && strstr(answer, "ffi") == NULL);
	CHECK(strstr(answer, "core 0 bytes\n") != NULL);
	CHECK(strstr(answer, "data 840 MiB, adjustment 500\n") != NULL);
	CHECK(jz_socket_write(ends.in, "ex", 0, 2) == 2);
	CHECK(hear(7, text, none) == JZ_COMPANION_ENDED && !strcmp(text, "exited with code 3") && none[0] == -1 && none[1] == -1);
	CHECK(strstr(log_text, "Filter /none/a.ts: a word\n") != NULL && strstr(log_text, "Filter /none/a.ts: and no newline\n") != NULL);
	CHECK(jz_socket_wait(ends.out, 5000) == 1 && jz_socket_read(ends.out, answer, 0, 10) == 0);
	CHECK(jz_socket_write(ends.in, "a", 0, 1) == -EPIPE);
	ends_close(ends);
	end();
}

static void test_kill(void) {
	char text[JZ_SIZE_COMPANION_TEXT];
	struct ends ends;
	int none[JZ_COMPANION_ENDS];
	begin();
	ends = start(1);
	CHECK(jz_socket_write(ends.in, "h", 0, 1) == 1);
	CHECK(jz_companion_ask(control_fd, JZ_COMPANION_KILL, 1) == 0);
	CHECK(hear(1, text, none) == JZ_COMPANION_ENDED && strstr(text, "signal 9") != NULL);
	ends_close(ends);
	/* One that is gone, or never was, is nobody. */
	CHECK(jz_companion_ask(control_fd, JZ_COMPANION_KILL, 1) == 0);
	CHECK(jz_companion_ask(control_fd, JZ_COMPANION_KILL, 99) == 0);
	/* One whose input ends, ends by itself. */
	ends = start(2);
	ends_close(ends);
	CHECK(hear(2, text, none) == JZ_COMPANION_ENDED && !strcmp(text, "exited with code 0"));
	end();
}

static void test_many(void) {
	char text[JZ_SIZE_COMPANION_TEXT];
	struct ends companions[JZ_COMPANIONS_MAX];
	int none[JZ_COMPANION_ENDS];
	begin();
	for(uint32_t i = 0; i < JZ_COMPANIONS_MAX; i++)
		companions[i] = start(i + 1);
	CHECK(jz_companion_ask(control_fd, JZ_COMPANION_START, 50) == 0);
	CHECK(hear(50, text, none) == JZ_COMPANION_ENDED && strstr(text, "too many") != NULL);
	CHECK(jz_companion_ask(control_fd, JZ_COMPANION_START, 1) == 0);
	CHECK(hear(1, text, none) == JZ_COMPANION_ENDED);
	CHECK(jz_companion_ask(control_fd, JZ_COMPANION_START, 0) == 0);
	CHECK(hear(0, text, none) == JZ_COMPANION_ENDED);
	for(uint32_t i = 0; i < JZ_COMPANIONS_MAX; i++)
		ends_close(companions[i]);
	end(); /* ends them, though they hang or not */
}

static void test_gone(void) {
	struct ends ends;
	begin();
	ends = start(1);
	CHECK(jz_socket_write(ends.in, "h", 0, 1) == 1);
	/* The child dies: its end of the control socket closes. */
	int other = dup(ends.in);
	close(control_fd);
	control_fd = -1;
	for(int i = 0; i < 500 && jz_companions_alive(); i++)
		turn(10);
	CHECK(!jz_companions_alive());
	ends_close(ends);
	close(other);
	end();
}

/* Janus is gone, and nobody is there who would end them. */
static void test_alone(void) {
	char byte;
	begin();
	struct ends one = start(1), two = start(2);
	CHECK(jz_socket_write(one.in, "h", 0, 1) == 1 && jz_socket_write(two.in, "h", 0, 1) == 1);
	CHECK(jz_socket_wait(one.out, 50) == 0);
	CHECK(shutdown(control_fd, SHUT_RDWR) == 0);
	CHECK(jz_companion_ask(control_fd, JZ_COMPANION_START, 3) == -EPIPE);
	CHECK(jz_companion_ask(control_fd, JZ_COMPANION_KILL, 99) == 0);
	CHECK(jz_companion_ask(control_fd, JZ_COMPANION_KILL, 1) == 0);
	CHECK(jz_socket_wait(one.out, 5000) == 1 && jz_socket_read(one.out, &byte, 0, 1) == 0);
	CHECK(jz_socket_wait(two.out, 50) == 0);
	jz_companions_kill();
	CHECK(jz_socket_wait(two.out, 5000) == 1 && jz_socket_read(two.out, &byte, 0, 1) == 0);
	ends_close(one);
	ends_close(two);
	end();
}

static void test_nonsense(void) {
	char text[JZ_SIZE_COMPANION_TEXT];
	int none[JZ_COMPANION_ENDS];
	begin();
	CHECK(send(control_fd, "x", 1, 0) == 1);
	CHECK(jz_companion_ask(control_fd, 12345, 1) == 0);
	ends_close(start(3)); /* is heard all the same */
	CHECK(hear(3, text, none) == JZ_COMPANION_ENDED);
	free(settings.deno);
	settings.deno = strdup("/none/deno");
	CHECK(jz_companion_ask(control_fd, JZ_COMPANION_START, 4) == 0);
	CHECK(hear(4, text, none) == JZ_COMPANION_ENDED && strstr(text, "cannot run /none/deno") != NULL);
	end();
}

int main(void) {
	signal(SIGPIPE, SIG_DFL);
	tap_run("companions: one is started with its own few things, talked to, and its end is told", test_talk);
	tap_run("companions: one that hangs is ended, one whose input ends goes", test_kill);
	tap_run("companions: so many and no more", test_many);
	tap_run("companions: they end with the child", test_gone);
	tap_run("companions: the child ends them by itself where nobody else is left", test_alone);
	tap_run("companions: nonsense is passed over, and what can't be started is told", test_nonsense);
	return tap_end();
}
