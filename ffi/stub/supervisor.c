#define _GNU_SOURCE
#include "supervisor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "channel.h"
#include "companion.h"
#include "life.h"
#include "log.h"
#include "offer.h"
#include "overrides.h"
#include "refusals.h"
#include "rescue.h"
#include "watchdog.h"

/* By which `janus-zeromq version` finds the version in the file. */
__attribute__((used)) static const char version_mark[] = "\0janus-zeromq " JZ_VERSION;

#define TICK_MS 1000
#define TRIM_TICKS 10
#define RECORDS_PER_ROUND 1024

/* One plugin per shared object, so one supervisor. */
static struct {
	const struct jz_plugin *plugin;
	struct jz_settings settings;
	struct jz_child_setup setup;
	struct jz_link *link; /* the channel's */
	pthread_t thread;
	bool running; /* the thread is to be joined */
	int stop_fd; /* eventfd */

	/* The thread's own. */
	uint64_t tick_ms;
	unsigned ticks;
	struct jz_watchdog watchdog;
	struct jz_offer offer; /* of the up ring */
	struct jz_rescue rescue;
	struct jz_refusals refusals;
} self = { .setup = JZ_NO_CHILD_SETUP, .stop_fd = -1 };

/* ---- what the child sends ---- */

static bool record_take(const struct jz_record *record, const uint8_t *payload) {
	switch(record->kind) {
		case JZ_UP_READY:
			jz_watchdog_begin(&self.watchdog, jz_now_ms());
			jz_life_ready(payload, record->length);
			return true;
		case JZ_UP_FAILED:
			jz_life_failed(record->flags, (const char *)payload, record->length);
			return true;
		case JZ_UP_LOG:
			jz_log_text(record->flags, (const char *)payload, record->length);
			return true;
		default:
			return self.plugin->record(record, payload);
	}
}

/* A record is given up only when its effect is done. */
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
			jz_life_faulty(result < 0 ? "has spoilt the shared memory" : "sent a record that makes no sense");
			self.rescue.spoilt = true;
			return;
		}
		jz_ring_consume(&self.link->up, position, false);
	}
}

/* ---- the child's end ---- */

/* All that it still had to say comes first: it may have become ready, and the next one is told of the
 * peers that it spoke of. */
static void child_ended(void) {
	jz_offer_end(&self.offer, &self.link->up);
	do
		up_drain();
	while(jz_ring_used(&self.link->up) > 0 && !self.rescue.spoilt);
	jz_life_ended();
	jz_rescue_rings(&self.rescue);
}

/* ---- the thread ---- */

static void watchdog_check(uint64_t now) {
	uint64_t limit = (uint64_t)self.settings.watchdog * 1000;
	char what[96];
	if(jz_watchdog_check(&self.watchdog, self.link, now, limit)) {
		snprintf(what, sizeof what, "has not moved for %d s (runtime.watchdog)", self.settings.watchdog);
		jz_life_faulty(what);
	}
	if(jz_offer_kept(&self.offer, now, limit) && !self.rescue.spoilt) {
		jz_life_faulty("has spoilt the shared memory");
		self.rescue.spoilt = true;
	}
}

static void tick(uint64_t now) {
	self.tick_ms = now;
	jz_channel_settle();
	if(self.plugin->tick != NULL)
		self.plugin->tick();
	if(++self.ticks % TRIM_TICKS == 0)
		jz_channel_trim();
	jz_child_tick(jz_life_child(), now);
	jz_refusals_log(&self.refusals, self.plugin->counted != 0, self.settings.ring_size, jz_life_state() == JZ_RUNNING);
}

static int poll_timeout(void) {
	uint64_t now = jz_now_ms(), tick_ms = now + TICK_MS, next = jz_life_deadline() < tick_ms ? jz_life_deadline() : tick_ms;
	return next > now ? (int)(next - now) : 0;
}

static void stop_begin(void) {
	jz_life_stop();
	atomic_store(&self.link->shared->stop, 1);
	jz_wake(self.link->wake_child_fd);
}

/* Waits for any of the descriptors or the deadline, and deals with what came. */
static void round_run(void) {
	enum { WAKE, STOP, CHILD, COMPANIONS = CHILD + JZ_CHILD_FDS, COUNT = COMPANIONS + JZ_COMPANIONS_FDS };
	struct pollfd fds[COUNT] = {
		[WAKE] = { .fd = self.link->wake_janus_fd, .events = POLLIN },
		[STOP] = { .fd = jz_state_after(jz_life_state(), JZ_STOP) != jz_life_state() ? self.stop_fd : -1, .events = POLLIN },
	};
	uint64_t drop;
	jz_child_watch(jz_life_child(), fds + CHILD);
	jz_companions_watch(fds + COMPANIONS);
	bool idle = jz_offer_make(&self.offer, &self.link->up);
	int count = poll(fds, COUNT, idle ? poll_timeout() : self.offer.out ? 1 : 0);
	/* First of all: a request may wait for it, and the wake is cleared in time if that is before the next
	 * sleep is announced. */
	if(jz_offer_take_back(&self.offer, &self.link->up))
		up_drain();
	uint64_t now = jz_now_ms();
	if(count > 0) {
		if((fds[WAKE].revents & POLLIN) && read(self.link->wake_janus_fd, &drop, sizeof drop) < 0)
			drop = 0; /* EAGAIN: nothing to clear */
		if(jz_child_read(jz_life_child(), fds + CHILD, now))
			child_ended();
		if(fds[STOP].revents)
			stop_begin();
	}
	jz_companions_update(fds + COMPANIONS, &self.setup, &self.settings, now);
	if(now >= jz_life_deadline())
		jz_life_due();
	if(jz_life_state() == JZ_RUNNING)
		watchdog_check(now);
	if(now >= self.tick_ms + TICK_MS)
		tick(now);
}

static void *supervise(void *argument) {
	(void)argument;
	pthread_setname_np(pthread_self(), "zeromq plugin");
	jz_life_start();
	while(jz_life_state() != JZ_STOPPED || jz_companions_alive())
		round_run();
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
	if(self.running)
		pthread_join(self.thread, NULL);
	self.running = false;
	jz_companions_close();
	jz_channel_close();
	jz_overrides_reset();
	jz_child_setup_close(&self.setup);
	jz_settings_free(&self.settings);
	jz_fd_close(&self.stop_fd);
	jz_life_end();
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
	int result = self.stop_fd < 0 ? -errno : jz_child_setup_open(&self.setup);
	if(result == 0)
		result = jz_channel_open(plugin->package, (uint64_t)self.settings.ring_size << 20, plugin->counted);
	if(result == 0) {
		self.link = jz_channel_link();
		self.refusals = (struct jz_refusals){ 0 };
		self.offer = (struct jz_offer){ 0 };
		self.rescue = (struct jz_rescue){ .poison = JZ_NO_POISON };
		jz_life_begin(&(struct jz_life_parts){ .plugin = plugin, .settings = &self.settings, .setup = &self.setup, .link = self.link });
		result = thread_start();
	}
	if(result < 0)
		jz_log(LOG_ERR, "Not started: %s", jz_error_text(-result));
	if(result == 0 && jz_life_await())
		return 0;
	release();
	return -1;
}

void jz_supervisor_stop(void) {
	if(!self.running)
		return;
	jz_wake(self.stop_fd);
	release();
}
