#define _GNU_SOURCE
#include "supervisor.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"
#include "companion.h"
#include "log.h"
#include "logpipe.h"
#include "query.h"
#include "refusals.h"
#include "rescue.h"
#include "settings.h"
#include "spawn.h"

#define TICK_MS 1000
#define TRIM_TICKS 10
#define BACKOFF_FIRST_MS 100
#define BACKOFF_LAST_MS 5000
#define BACKOFF_RESET_MS 60000
#define STOP_MS 1500 /* zeromq.linger, a second at most, and what is in the ring before */
#define EXIT_MS 1000 /* what a child gets to exit after it has said that it failed */
#define RECORDS_PER_ROUND 1024
#define STILLBORN_MAX 2
#define NEVER UINT64_MAX

enum state { STARTING, RUNNING, RESTARTING, STOPPING, STOPPED };
static const char *const state_names[] = { "starting", "running", "restarting", "stopping", "stopped" };

/* One plugin per shared object, so one supervisor. */
static struct {
	const struct jz_plugin *plugin;
	struct jz_settings settings;
	struct jz_outfit outfit;

	struct jz_link *link; /* the channel's */

	/* For jz_supervisor_start, which waits for the first isolate. */
	pthread_mutex_t start_mutex;
	pthread_cond_t start_cond;
	int start_result; /* 1: pending */

	pthread_t thread;
	bool running; /* the thread is to be joined */
	int stop_fd; /* eventfd */

	/* Read by queries on other threads. */
	_Atomic int state;
	_Atomic int pid;
	_Atomic uint32_t restarts;
	_Atomic uint64_t ready_since_ms;

	/* The thread's own. */
	struct jz_child child;
	struct jz_logpipe out, err;
	unsigned ticks;
	uint64_t tick_ms, spawned_ms, ready_deadline_ms, kill_at_ms, restart_at_ms;
	unsigned backoff_ms;
	uint64_t heartbeat, beat_ms; /* the last one, and when it was seen */
	uint64_t heartbeat_ms; /* since when it is still, with something to do */
	bool asked; /* woken with nothing to do, for a sign of life */
	uint64_t taken_ms; /* since when the up ring, which was offered, cannot be had back */
	struct jz_rescue rescue;
	bool up_offered; /* the up ring, to be begun anew */
	struct jz_refusals refusals;
	char *reason; /* why the last start failed */
	bool disabled, said; /* this start's failure has been logged */
	unsigned stillborn; /* isolates in a row that ended before they were ready, and did not say why */
} self = {
	.start_mutex = PTHREAD_MUTEX_INITIALIZER,
	.start_cond = PTHREAD_COND_INITIALIZER,
	.state = STOPPED,
	.stop_fd = -1,
	.outfit = { -1, -1, -1, -1, { -1, -1 } },
	.child = JZ_NO_CHILD,
};

static uint64_t now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

const struct jz_plugin *jz_supervisor_plugin(void) {
	return self.plugin;
}

struct jz_facts jz_supervisor_facts(void) {
	int state = atomic_load(&self.state);
	uint64_t since = atomic_load(&self.ready_since_ms);
	return (struct jz_facts){
		.state = state_names[state], .pid = atomic_load(&self.pid), .restarts = (int)atomic_load(&self.restarts),
		.uptime = state == RUNNING ? (now_ms() - since) / 1000 : 0,
	};
}

static void start_settle(int result) {
	pthread_mutex_lock(&self.start_mutex);
	if(self.start_result == 1)
		self.start_result = result;
	pthread_cond_signal(&self.start_cond);
	pthread_mutex_unlock(&self.start_mutex);
}

/* Remembers why, and says it unless it was the same as the last time. */
static void start_failed(const char *reason, size_t length) {
	bool first = atomic_load(&self.state) == STARTING;
	bool same = self.reason != NULL && strlen(self.reason) == length && !memcmp(self.reason, reason, length);
	int level = self.disabled ? LOG_WARN : same ? LOG_VERB : LOG_ERR;
	self.said = true;
	jz_log(level, "%s: %.*s", first ? "Not started" : "Not started again", (int)length, reason);
	free(self.reason);
	self.reason = strndup(reason, length);
}

static void child_kill(void) {
	if(self.child.pid != 0)
		kill(self.child.pid, SIGKILL); /* not reaped yet, so the number is still its */
}

static void isolate_faulty(const char *what) {
	if(self.child.pid == 0)
		return;
	jz_log(LOG_ERR, "The isolate (pid %d) %s; it is ended and started again", self.child.pid, what);
	child_kill();
}

static void record_ready(const uint8_t *payload, size_t length) {
	json_t *ready = json_loadb((const char *)payload, length, 0, NULL);
	uint64_t now = now_ms();
	int state = atomic_load(&self.state);
	if(state == RUNNING)
		self.plugin->ready(ready); /* something was changed at run time */
	if(state == RUNNING || state == STOPPING) {
		json_decref(ready);
		return;
	}
	atomic_store(&self.ready_since_ms, now);
	self.stillborn = 0;
	self.ready_deadline_ms = NEVER;
	self.heartbeat_ms = self.beat_ms = now;
	self.asked = false;
	free(self.reason);
	self.reason = NULL;
	self.plugin->ready(ready);
	json_decref(ready);
	jz_log(LOG_INFO, "Isolate ready in %" PRIu64 " ms (pid %d)", now - self.spawned_ms, self.child.pid);
	atomic_store(&self.state, RUNNING);
	start_settle(0);
}

static bool record_take(const struct jz_record *record, const uint8_t *payload) {
	switch(record->kind) {
		case JZ_UP_READY:
			record_ready(payload, record->length);
			return true;
		case JZ_UP_FAILED:
			self.disabled = (record->flags & JZ_FAILED_DISABLED) != 0;
			start_failed((const char *)payload, record->length);
			self.ready_deadline_ms = NEVER - 1; /* not ready, and said so */
			self.kill_at_ms = now_ms() + EXIT_MS;
			return true;
		case JZ_UP_LOG:
			jz_log_text(record->flags, (const char *)payload, record->length);
			return true;
		default:
			return self.plugin->record(record, payload);
	}
}

/* Takes what the isolate sent. A record is given up only when its effect is done. */
static void up_drain(void) {
	struct jz_record record;
	const uint8_t *payload;
	uint64_t position = atomic_load(&self.link->shared->up.head);
	for(int i = 0; i < RECORDS_PER_ROUND && !self.rescue.spoilt; i++) {
		int result = jz_ring_peek(&self.link->up, &position, &record, &payload);
		if(result == 0) {
			if(position != atomic_load(&self.link->shared->up.head))
				jz_ring_consume(&self.link->up, position, false); /* a skip record, and nothing behind it */
			return;
		}
		if(result < 0 || !record_take(&record, payload)) {
			isolate_faulty(result < 0 ? "has spoilt the shared memory" : "sent a record that makes no sense");
			self.rescue.spoilt = true;
			return;
		}
		jz_ring_consume(&self.link->up, position, false);
	}
}

static int boot_open(void) {
	json_t *state = self.plugin->state != NULL ? self.plugin->state() : NULL;
	json_t *boot = json_pack("{sssssisOsoso*}", "plugin", self.plugin->package, "version", self.plugin->version,
		"generation", (int)self.link->generation, "config", self.settings.source, "configured", jz_query_overrides(), "state", state);
	int fd = memfd_create("janus-zeromq.json", MFD_CLOEXEC);
	if(fd >= 0 && (boot == NULL || json_dumpfd(boot, fd, JSON_COMPACT) < 0)) {
		close(fd);
		fd = -1;
		errno = ENOMEM;
	}
	json_decref(boot);
	return fd;
}

static void restart_schedule(void) {
	uint64_t now = now_ms(), since = atomic_load(&self.ready_since_ms);
	if(since != 0 && now - since >= BACKOFF_RESET_MS)
		self.backoff_ms = BACKOFF_FIRST_MS;
	self.restart_at_ms = now + self.backoff_ms;
	self.backoff_ms = self.backoff_ms * 2 < BACKOFF_LAST_MS ? self.backoff_ms * 2 : BACKOFF_LAST_MS;
	atomic_store(&self.ready_since_ms, 0);
	atomic_store(&self.state, RESTARTING);
}

static void isolate_start(void) {
	char *reason = NULL;
	uint64_t now = now_ms();
	self.restart_at_ms = NEVER;
	self.said = self.disabled = false;
	jz_channel_renew();
	int boot_fd = boot_open(), result = boot_fd < 0 ? -errno : 0;
	int control_fd = result == 0 ? jz_companions_open() : -1;
	if(result == 0 && control_fd < 0)
		result = control_fd;
	if(result == 0)
		result = jz_isolate_spawn(&self.child, &self.outfit, self.link, &self.settings, boot_fd, control_fd, &reason);
	if(boot_fd >= 0)
		close(boot_fd);
	if(control_fd >= 0)
		close(control_fd);
	if(result < 0) {
		const char *fault = self.settings.fault; /* which may well be the cause */
		const char *text = fault != NULL ? fault : reason != NULL ? reason : jz_error_text(-result);
		start_failed(text, strlen(text));
		free(reason);
		if(atomic_load(&self.state) == STARTING)
			start_settle(-1);
		else
			restart_schedule();
		return;
	}
	self.spawned_ms = now;
	self.ready_deadline_ms = now + (uint64_t)self.settings.startup_timeout * 1000;
	self.kill_at_ms = NEVER;
	self.out = (struct jz_logpipe){ .level = LOG_INFO };
	self.err = (struct jz_logpipe){ .level = LOG_ERR };
	self.heartbeat_ms = now;
	if(atomic_load(&self.state) != STARTING)
		atomic_fetch_add(&self.restarts, 1);
	atomic_store(&self.pid, self.child.pid);
}

static void isolate_ended(void) {
	char how[128];
	int pid = self.child.pid;
	uint64_t now = now_ms();
	/* All that it still had to say comes first: it may have become ready, and the next one is told
	 * of the peers that it spoke of. */
	self.up_offered = false;
	atomic_store(&self.link->up.control->rewind, JZ_REWIND_NO);
	do
		up_drain();
	while(jz_ring_used(&self.link->up) > 0 && !self.rescue.spoilt);
	int state = atomic_load(&self.state);
	jz_companions_close();
	jz_logpipe_read(&self.out, self.child.out_fd, now);
	jz_logpipe_read(&self.err, self.child.err_fd, now);
	jz_logpipe_flush(&self.out);
	jz_logpipe_flush(&self.err);
	bool renewed = jz_child_reap(&self.child, how, sizeof how) == (int)JZ_EXIT_RENEWED;
	atomic_store(&self.pid, 0);
	jz_rescue_rings(&self.rescue);
	if(state == STOPPING)
		return;
	if(!self.said && self.ready_deadline_ms != NEVER) {
		char text[256];
		int length = snprintf(text, sizeof text, "Deno (pid %d) %s before it was ready", pid, how);
		start_failed(text, (size_t)length);
		/* Perhaps of what they are told: 50,000 peers can be too many for a small heap. */
		if(++self.stillborn == STILLBORN_MAX && self.plugin->forget != NULL) {
			jz_log(LOG_WARN, "The next isolate starts without what the last ones were told: clients have to begin anew");
			self.plugin->forget();
		}
	}
	if(state == STARTING) {
		start_settle(-1);
		return;
	}
	if(renewed)
		jz_log(LOG_INFO, "The isolate (pid %d) has ended in order, to be started anew", pid);
	else if(self.ready_deadline_ms == NEVER)
		jz_log(LOG_ERR, "The isolate (pid %d) %s; Janus goes on, a new one starts in %u ms", pid, how, self.backoff_ms);
	restart_schedule();
}

static void watchdog_check(uint64_t now) {
	struct jz_shared *shared = self.link->shared;
	uint64_t heartbeat = atomic_load(&shared->heartbeat), limit = (uint64_t)self.settings.watchdog * 1000;
	if(heartbeat != self.heartbeat) {
		self.heartbeat = heartbeat;
		self.heartbeat_ms = self.beat_ms = now;
		self.asked = false;
	} else if(!self.asked && atomic_load(&shared->down.sleeping) && jz_ring_used(&self.link->down) == 0) {
		/* Asleep with nothing to do is not stuck, but it is asked for a sign of life now and then. */
		self.heartbeat_ms = now;
		self.asked = now - self.beat_ms >= limit / 2;
		if(self.asked)
			jz_wake(self.link->wake_isolate_fd);
	} else if(now - self.heartbeat_ms >= limit) {
		char what[96];
		snprintf(what, sizeof what, "has not moved for %d s (runtime.watchdog)", self.settings.watchdog);
		isolate_faulty(what);
		self.heartbeat_ms = now;
	}
	/* It has the up ring back within microseconds, if what stands there is no nonsense. */
	if(self.up_offered && now - self.taken_ms >= limit) {
		isolate_faulty("has spoilt the shared memory");
		self.rescue.spoilt = true;
		self.taken_ms = now;
	}
}

static void deadlines_check(void) {
	uint64_t now = now_ms();
	if(now >= self.ready_deadline_ms && self.child.pid != 0) {
		char text[96];
		int length = snprintf(text, sizeof text, "not ready within %d s (runtime.startup_timeout)", self.settings.startup_timeout);
		start_failed(text, (size_t)length);
		self.kill_at_ms = now;
		self.ready_deadline_ms = NEVER - 1; /* not ready, and said so */
	}
	if(now >= self.kill_at_ms) {
		self.kill_at_ms = NEVER;
		child_kill();
	}
	if(now >= self.restart_at_ms && atomic_load(&self.state) == RESTARTING)
		isolate_start();
	if(atomic_load(&self.state) == RUNNING)
		watchdog_check(now);
	if(now >= self.tick_ms + TICK_MS) {
		self.tick_ms = now;
		jz_channel_settle();
		if(self.plugin->tick != NULL)
			self.plugin->tick();
		if(++self.ticks % TRIM_TICKS == 0)
			jz_channel_trim();
		jz_logpipe_tell(&self.out, now);
		jz_logpipe_tell(&self.err, now);
		jz_refusals_log(&self.refusals, self.plugin->event_types, self.settings.ring_size, atomic_load(&self.state) == RUNNING);
	}
}

static int poll_timeout(void) {
	uint64_t now = now_ms(), next = now + TICK_MS;
	uint64_t deadlines[] = { self.ready_deadline_ms, self.kill_at_ms, self.restart_at_ms };
	for(size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++)
		if(deadlines[i] < next)
			next = deadlines[i];
	return next > now ? (int)(next - now) : 0;
}

static void stop_begin(void) {
	atomic_store(&self.state, STOPPING);
	self.restart_at_ms = NEVER;
	self.ready_deadline_ms = NEVER;
	self.kill_at_ms = now_ms() + STOP_MS;
	atomic_store(&self.link->shared->stop, 1);
	jz_wake(self.link->wake_isolate_fd);
}

/* Waits for any of the descriptors or deadlines, and deals with what came. */
static void round_run(void) {
	struct pollfd fds[5 + JZ_COMPANIONS_FDS] = {
		{ .fd = self.link->wake_janus_fd, .events = POLLIN },
		{ .fd = self.child.pid != 0 ? self.child.pidfd : -1, .events = POLLIN },
		{ .fd = self.child.pid != 0 ? self.child.out_fd : -1, .events = POLLIN },
		{ .fd = self.child.pid != 0 ? self.child.err_fd : -1, .events = POLLIN },
		{ .fd = atomic_load(&self.state) != STOPPING ? self.stop_fd : -1, .events = POLLIN },
	};
	jz_companions_watch(fds + 5);
	bool idle = !self.up_offered && jz_ring_sleep(&self.link->up, atomic_load(&self.link->shared->up.head));
	if(idle)
		self.up_offered = jz_ring_offer(&self.link->up);
	int count = poll(fds, sizeof fds / sizeof *fds, idle ? poll_timeout() : self.up_offered ? 1 : 0);
	uint64_t drop;
	atomic_store(&self.link->up.control->sleeping, 0);
	/* First of all: a request may wait for it, and the wake is cleared in time if that is before the next
	 * sleep is announced. */
	if(self.up_offered) {
		self.up_offered = !jz_ring_regain(&self.link->up); /* the isolate is at it, for a moment */
		if(idle)
			self.taken_ms = now_ms();
	}
	if(!self.up_offered)
		up_drain();
	if(count > 0) {
		if((fds[0].revents & POLLIN) && read(self.link->wake_janus_fd, &drop, sizeof drop) < 0)
			drop = 0; /* EAGAIN: nothing to clear */
		/* A closed pipe polls ready for ever: the child's end will be seen by its pidfd. */
		if(fds[2].revents && !jz_logpipe_read(&self.out, self.child.out_fd, now_ms()))
			close(self.child.out_fd), self.child.out_fd = -1;
		if(fds[3].revents && !jz_logpipe_read(&self.err, self.child.err_fd, now_ms()))
			close(self.child.err_fd), self.child.err_fd = -1;
		if(fds[1].revents)
			isolate_ended();
		if(fds[4].revents)
			stop_begin();
	}
	jz_companions_tend(fds + 5, &self.outfit, &self.settings, now_ms());
	deadlines_check();
}

static void *supervise(void *argument) {
	(void)argument;
	pthread_setname_np(pthread_self(), "zeromq isolate");
	isolate_start();
	for(;;) {
		int state = atomic_load(&self.state);
		if(self.child.pid == 0 && !jz_companions_alive() && (state == STOPPING || state == STARTING))
			break;
		round_run();
	}
	return NULL;
}

static int thread_start(void) {
	sigset_t all, before;
	/* Signals are Janus's main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int result = -pthread_create(&self.thread, NULL, supervise, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	self.running = result == 0;
	return result;
}

static void release(void) {
	jz_companions_close();
	jz_channel_close();
	jz_query_reset();
	jz_outfit_close(&self.outfit);
	jz_settings_free(&self.settings);
	free(self.reason);
	self.reason = NULL;
	if(self.stop_fd >= 0)
		close(self.stop_fd);
	self.stop_fd = -1;
	atomic_store(&self.state, STOPPED);
}

int jz_supervisor_start(const struct jz_plugin *plugin, const char *folder) {
	char *reason = NULL;
	self.plugin = plugin;
	jz_log_name(plugin->package);
	if(jz_settings_read(&self.settings, folder, plugin->package, &reason) < 0) {
		jz_log(LOG_ERR, "Not started: %s", reason != NULL ? reason : "out of memory");
		free(reason);
		return -1;
	}
	self.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int result = self.stop_fd < 0 ? -errno : jz_outfit_open(&self.outfit);
	if(result == 0)
		result = jz_channel_open(plugin->package, (uint64_t)self.settings.ring_size << 20);
	if(result < 0)
		goto failed;
	self.link = jz_channel_link();
	self.refusals = (struct jz_refusals){ 0 };
	self.up_offered = false;
	self.backoff_ms = BACKOFF_FIRST_MS;
	self.ready_deadline_ms = self.kill_at_ms = self.restart_at_ms = NEVER;
	self.rescue = (struct jz_rescue){ .poison = JZ_NO_POISON };
	self.start_result = 1;
	atomic_store(&self.state, STARTING);
	result = thread_start();
	if(result < 0)
		goto failed;

	pthread_mutex_lock(&self.start_mutex);
	/* Ends for certain: the thread kills a child that takes too long. */
	while(self.start_result == 1)
		pthread_cond_wait(&self.start_cond, &self.start_mutex);
	result = self.start_result;
	pthread_mutex_unlock(&self.start_mutex);
	if(result < 0) {
		pthread_join(self.thread, NULL);
		self.running = false;
		release();
	}
	return result;

failed:
	jz_log(LOG_ERR, "Not started: %s", jz_error_text(-result));
	release();
	return -1;
}

void jz_supervisor_stop(void) {
	if(!self.running)
		return;
	jz_wake(self.stop_fd);
	pthread_join(self.thread, NULL);
	self.running = false;
	release();
}
