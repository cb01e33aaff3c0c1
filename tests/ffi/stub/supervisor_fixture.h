/* The supervisor with a stand-in for Deno, and without Janus: the log goes into a buffer. */
#ifndef JZ_SUPERVISOR_FIXTURE_H
#define JZ_SUPERVISOR_FIXTURE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <debug.h>
#include <pthread.h>

#include "fake_child.h"
#include "channel.h"
#include "query.h"
#include "supervisor.h"
#include "tap.h"

/* Not every test needs all of it. */
#pragma GCC diagnostic ignored "-Wunused-function"

#define PACKAGE "test.package"
#define PATIENCE_MS 4000
#ifndef FAKE
#error FAKE is the path of the stand-in
#endif

/* ---- Janus's part ---- */

int janus_log_level = LOG_MAX;
gboolean janus_log_timestamps = FALSE, janus_log_colors = FALSE;
char *janus_log_global_prefix = NULL;

static pthread_mutex_t log_mutex = PTHREAD_MUTEX_INITIALIZER;
static char log_text[1 << 23];
static size_t log_length;

void janus_vprintf(const char *format, ...) {
	va_list arguments;
	pthread_mutex_lock(&log_mutex);
	va_start(arguments, format);
	int length = vsnprintf(log_text + log_length, sizeof log_text - log_length, format, arguments);
	va_end(arguments);
	if(length > 0 && log_length + (size_t)length < sizeof log_text)
		log_length += (size_t)length;
	pthread_mutex_unlock(&log_mutex);
}

static void log_clear(void) {
	pthread_mutex_lock(&log_mutex);
	log_length = 0;
	log_text[0] = '\0';
	pthread_mutex_unlock(&log_mutex);
}

static unsigned log_count(const char *text) {
	unsigned count = 0;
	pthread_mutex_lock(&log_mutex);
	for(const char *at = log_text; (at = strstr(at, text)) != NULL; at += strlen(text))
		count++;
	pthread_mutex_unlock(&log_mutex);
	return count;
}

/* The sum of the numbers that stand before a text. */
static uint64_t log_sum(const char *text) {
	uint64_t sum = 0;
	pthread_mutex_lock(&log_mutex);
	for(const char *at = log_text; (at = strstr(at, text)) != NULL; at += strlen(text)) {
		const char *begin = at;
		while(begin > log_text && begin[-1] >= '0' && begin[-1] <= '9')
			begin--;
		sum += strtoull(begin, NULL, 10);
	}
	pthread_mutex_unlock(&log_mutex);
	return sum;
}

/* The end of it, for who reads a failure. */
static void log_show(void) {
	pthread_mutex_lock(&log_mutex);
	printf("# the log:\n# %s\n", log_text + (log_length > 2000 ? log_length - 2000 : 0));
	pthread_mutex_unlock(&log_mutex);
}

/* ---- the plugin ---- */

static void nap_us(long us) {
	struct timespec time = { us / 1000000, us % 1000000 * 1000 };
	nanosleep(&time, NULL);
}

static void nap(long ms) {
	nap_us(ms * 1000);
}

static _Atomic unsigned readies, echoes, disordered, unheard, forgotten;
static _Atomic bool slow;
static _Atomic uint64_t last_echo;

static void plugin_ready(json_t *ready) {
	CHECK(json_is_object(ready));
	readies++;
}

static bool plugin_record(const struct jz_record *record, const uint8_t *payload) {
	(void)payload;
	if(record->kind != FAKE_ECHOED)
		return false;
	if(record->request <= last_echo)
		disordered++;
	last_echo = record->request;
	echoes++;
	if(slow)
		nap_us(100);
	return true;
}

/* Asked when a child starts: all that the last one sent was taken by then. */
static json_t *plugin_state(void) {
	if(echoes % PARTING != 0)
		unheard++;
	return json_object();
}

static void plugin_forget(void) {
	forgotten++;
}

static const struct jz_plugin plugin = { .package = PACKAGE, .version = "1.2.3", .ready = plugin_ready, .record = plugin_record, .state = plugin_state, .forget = plugin_forget, .configure = "configure", .verbs = "info, configure" };

static char folder[] = "build/test/stub/supervisor-XXXXXX";

static void file_write(const char *name, const char *text) {
	char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	CHECK(file != NULL && fputs(text, file) >= 0);
	fclose(file);
}

static void file_remove(const char *name) {
	char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	unlink(path);
}

static uint64_t now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Waits for a condition; it is a failure if it does not come. */
#define AWAIT(condition) do { \
	uint64_t until_ = now_ms() + PATIENCE_MS; \
	while(!(condition) && now_ms() < until_) \
		nap(5); \
	if(!CHECK(condition)) \
		log_show(); \
} while(0)

static unsigned descriptors(void) {
	unsigned count = 0;
	DIR *directory = opendir("/proc/self/fd");
	while(readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count;
}

static unsigned descriptors_before;

static int ring_size = 1; /* MiB */

static int start_with(const char *deno, const char *orders) {
	char config[512];
	log_clear();
	readies = echoes = disordered = 0;
	last_echo = 0;
	descriptors_before = descriptors();
	snprintf(config, sizeof config, "{ \"runtime\": { \"deno\": \"%s\", \"startup_timeout\": 1, \"watchdog\": 1, \"ring_size\": %d } }", deno, ring_size);
	file_write(PACKAGE ".jsonc", config);
	file_write(ORDERS, orders);
	return jz_supervisor_start(&plugin, folder);
}

static int start(const char *orders) {
	return start_with(FAKE, orders);
}

/* Nothing is left: no descriptor, no child. */
static void check_clean(void) {
	CHECK(descriptors() == descriptors_before);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static uint64_t stop(void) {
	uint64_t begin = now_ms();
	jz_supervisor_stop();
	check_clean();
	return now_ms() - begin;
}

static int post(enum fake_kind kind, uint64_t request) {
	struct jz_record record = { .kind = (uint16_t)kind, .request = request, .session = 1 };
	return jz_channel_post(&record, 0);
}

static json_t *query(const char *verb) {
	json_t *request = json_pack("{ss}", "request", verb), *answer = jz_query_answer(&plugin, request);
	json_decref(request);
	return answer;
}

static json_int_t info_integer(const char *key) {
	json_t *answer = query("info");
	json_t *value = json_object_get(answer, key);
	if(value == NULL)
		value = json_object_get(json_object_get(answer, "ring"), key);
	json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;
	json_decref(answer);
	return number;
}

static bool state_is(const char *state) {
	json_t *answer = query("info");
	bool same = !strcmp(json_string_value(json_object_get(answer, "state")), state);
	json_decref(answer);
	return same;
}

#endif
