#define _GNU_SOURCE
#include "life.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "companion.h"
#include "log.h"
#include "overrides.h"

#define PAUSE_FIRST_MS 100
#define PAUSE_LAST_MS 5000
#define PROVEN_MS 2000 /* ready for so long, a child did not fail at its start */
#define STOP_MS 1500 /* zeromq.linger, a second at most, and what is in the ring before */
#define STREAM_STOP_MS 500 /* and what the companion that stores events gets for the rest */
#define EXIT_MS 1000 /* what a child gets to exit after it has said that it failed */
#define STILLBORN_MAX 2
#define NEVER UINT64_MAX

static struct {
	struct jz_life_parts parts;
	struct jz_child child;

	/* For who waits for the first child. */
	pthread_mutex_t mutex;
	pthread_cond_t changed;

	/* Written by the thread, read by queries on others. */
	_Atomic int state; /* enum jz_state */
	_Atomic int pid;
	_Atomic uint32_t restarts;
	_Atomic uint64_t ready_ms; /* since when the child is ready; 0: it is not, or there is none */

	uint64_t deadline_ms; /* of the state */
	uint64_t spawned_ms;
	uint64_t epoch_ms; /* since 1970: when Janus started the plugin */
	unsigned pause_ms; /* before the next child; 0: there was none yet */
	char *reason; /* why the last start failed */
	unsigned stillborn; /* children in a row that ended before they were ready, and did not say why */
} self = {
	.child = JZ_NO_CHILD,
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
	.state = JZ_STOPPED,
};

uint64_t jz_now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

enum jz_state jz_life_state(void) {
	return (enum jz_state)atomic_load(&self.state);
}

struct jz_facts jz_life_facts(void) {
	enum jz_state state = jz_life_state();
	uint64_t since = atomic_load(&self.ready_ms);
	return (struct jz_facts){
		.state = jz_state_name(state), .pid = atomic_load(&self.pid), .restarts = (int)atomic_load(&self.restarts),
		.uptime = state == JZ_RUNNING ? (jz_now_ms() - since) / 1000 : 0, .epoch_ms = self.epoch_ms,
	};
}

/* ---- from state to state ---- */

static void child_start(void);

/* How long to wait before the next child: longer after each that failed or ended soon. Whoever can end one
 * that works must not keep others out for long. */
static unsigned pause_next(uint64_t now) {
	uint64_t since = atomic_exchange(&self.ready_ms, 0);
	bool begin = self.pause_ms == 0 || (since != 0 && now - since >= PROVEN_MS);
	unsigned longer = self.pause_ms * 2 < PAUSE_LAST_MS ? self.pause_ms * 2 : PAUSE_LAST_MS;
	return self.pause_ms = begin ? PAUSE_FIRST_MS : longer;
}

static uint64_t deadline_of(enum jz_state state, uint64_t now) {
	switch(state) {
		case JZ_STARTING:
		case JZ_RESTARTING:
			return now + (uint64_t)self.parts.settings->startup_timeout * 1000;
		case JZ_GIVING_UP:
		case JZ_FAILING:
			return now + EXIT_MS;
		case JZ_PAUSING:
			return now + pause_next(now);
		case JZ_STOPPING:
			return now + STOP_MS + (self.parts.settings->stream.net != NULL ? STREAM_STOP_MS : 0);
		default:
			return NEVER;
	}
}

static void state_enter(enum jz_state state) {
	self.deadline_ms = deadline_of(state, jz_now_ms());
	pthread_mutex_lock(&self.mutex);
	atomic_store(&self.state, (int)state);
	pthread_cond_signal(&self.changed);
	pthread_mutex_unlock(&self.mutex);
	if(state == JZ_STARTING || state == JZ_RESTARTING)
		child_start();
}

static void happened(enum jz_event event) {
	enum jz_state before = jz_life_state(), after = jz_state_after(before, event);
	if(after != before)
		state_enter(after);
}

/* ---- the child's life ---- */

/* The child is not going to be ready: remembers why, and says it unless it was the same the last time. */
static void start_failed(int level, const char *reason, size_t length) {
	bool first = jz_life_state() == JZ_STARTING || jz_life_state() == JZ_GIVING_UP;
	bool same = self.reason != NULL && strlen(self.reason) == length && !memcmp(self.reason, reason, length);
	jz_log(same ? LOG_VERB : level, "%s: %.*s", first ? "Not started" : "Not started again", (int)length, reason);
	free(self.reason);
	self.reason = strndup(reason, length);
}

static json_t *boot_make(void) {
	json_t *state = self.parts.plugin->state != NULL ? self.parts.plugin->state() : NULL;
	char host[256] = "";
	gethostname(host, sizeof host - 1);
	return json_pack("{sssssissss*sIsOsoso*}", "plugin", self.parts.plugin->package, "version", self.parts.plugin->version,
		"generation", (int)self.parts.link->generation, "host", host, "server_name", self.parts.settings->stream.server_name,
		"epoch", (json_int_t)self.epoch_ms, "config", self.parts.settings->source, "configured", jz_overrides_all(), "state", state);
}

static void child_start(void) {
	char *reason = NULL;
	jz_channel_renew();
	self.spawned_ms = jz_now_ms();
	int result = jz_child_start(&self.child, self.parts.setup, self.parts.link, self.parts.settings, boot_make(), &reason);
	if(result < 0) {
		const char *fault = self.parts.settings->fault; /* which may well be the cause */
		const char *text = fault != NULL ? fault : reason != NULL ? reason : jz_error_text(-result);
		start_failed(LOG_ERR, text, strlen(text));
		free(reason);
		happened(JZ_ENDED);
		return;
	}
	if(jz_life_state() == JZ_RESTARTING)
		atomic_fetch_add(&self.restarts, 1);
	atomic_store(&self.pid, self.child.process.pid);
}

void jz_life_ready(const uint8_t *text, size_t length) {
	json_t *ready = json_loadb((const char *)text, length, 0, NULL);
	enum jz_state before = jz_life_state();
	uint64_t now = jz_now_ms();
	/* One that runs says so again after something was changed at run time. */
	if(jz_state_after(before, JZ_READY) == JZ_RUNNING)
		self.parts.plugin->ready(ready);
	json_decref(ready);
	if(before != JZ_STARTING && before != JZ_RESTARTING)
		return;
	atomic_store(&self.ready_ms, now);
	self.stillborn = 0;
	free(self.reason);
	self.reason = NULL;
	jz_log(LOG_INFO, "The plugin's process is ready in %" PRIu64 " ms (pid %d)", now - self.spawned_ms, self.child.process.pid);
	happened(JZ_READY);
}

void jz_life_failed(uint16_t flags, const char *reason, size_t length) {
	start_failed(flags & JZ_FAILED_DISABLED ? LOG_WARN : LOG_ERR, reason, length);
	happened(JZ_FAILED);
}

static void child_late(void) {
	char text[96];
	int length = snprintf(text, sizeof text, "not ready within %d s (runtime.startup_timeout)", self.parts.settings->startup_timeout);
	start_failed(LOG_ERR, text, (size_t)length);
	jz_process_kill(&self.child.process);
	happened(JZ_FAILED);
}

void jz_life_faulty(const char *what) {
	if(self.child.process.pid == 0)
		return;
	jz_log(LOG_ERR, "The plugin's process (pid %d) %s; it is ended and started again", self.child.process.pid, what);
	jz_process_kill(&self.child.process);
}

/* It ended before it was ready, and did not say why. */
static void child_stillborn(int pid, const char *how) {
	char text[256];
	int length = snprintf(text, sizeof text, "the plugin's process (pid %d) %s before it was ready", pid, how);
	start_failed(LOG_ERR, text, (size_t)length);
	/* Perhaps of what they are told: 50,000 peers can be too many for a small heap. */
	if(++self.stillborn == STILLBORN_MAX && self.parts.plugin->forget != NULL) {
		jz_log(LOG_WARN, "The plugin's next process starts without what the last two were told: clients have to begin anew");
		self.parts.plugin->forget();
	}
}

void jz_life_ended(void) {
	char how[128];
	int pid = self.child.process.pid;
	enum jz_state state = jz_life_state();
	jz_companions_close();
	int code = jz_child_end(&self.child, how, sizeof how, jz_now_ms());
	atomic_store(&self.pid, 0);
	if(state == JZ_STARTING || state == JZ_RESTARTING)
		child_stillborn(pid, how);
	happened(JZ_ENDED);
	if(state == JZ_RUNNING && code == (int)JZ_EXIT_RENEWED)
		jz_log(LOG_INFO, "The plugin's process (pid %d) has ended in order, to be started anew", pid);
	else if(state == JZ_RUNNING)
		jz_log(LOG_ERR, "The plugin's process (pid %d) %s; Janus goes on, a new one starts in %u ms", pid, how, self.pause_ms);
}

void jz_life_stop(void) {
	happened(JZ_STOP);
}

uint64_t jz_life_deadline(void) {
	return self.deadline_ms;
}

void jz_life_due(void) {
	switch(jz_life_state()) {
		case JZ_STARTING:
		case JZ_RESTARTING:
			child_late();
			break;
		case JZ_PAUSING:
			happened(JZ_PAUSED);
			break;
		default: /* it was given time to end */
			jz_process_kill(&self.child.process);
			self.deadline_ms = NEVER;
	}
}

/* ---- beginning and end ---- */

struct jz_child *jz_life_child(void) {
	return &self.child;
}

void jz_life_begin(const struct jz_life_parts *parts) {
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	self.parts = *parts;
	self.epoch_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	self.pause_ms = self.stillborn = 0;
	atomic_store(&self.state, JZ_STARTING);
}

void jz_life_start(void) {
	state_enter(JZ_STARTING);
}

bool jz_life_await(void) {
	pthread_mutex_lock(&self.mutex);
	while(jz_life_state() == JZ_STARTING || jz_life_state() == JZ_GIVING_UP)
		pthread_cond_wait(&self.changed, &self.mutex);
	bool ready = jz_life_state() != JZ_STOPPED;
	pthread_mutex_unlock(&self.mutex);
	return ready;
}

void jz_life_end(void) {
	free(self.reason);
	self.reason = NULL;
	atomic_store(&self.state, JZ_STOPPED);
}
