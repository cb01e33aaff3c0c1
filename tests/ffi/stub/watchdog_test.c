/* Who is stuck, and who keeps a ring that was only offered. The time is the test's. */
#include <unistd.h>

#include "link_fixture.h"
#include "offer.h"
#include "watchdog.h"

#define LIMIT 1000

static void beat(void) {
	atomic_fetch_add(&janus.shared->heartbeat, 1);
}

static bool woken(void) {
	uint64_t drop;
	return read(janus.wake_child_fd, &drop, sizeof drop) == sizeof drop;
}

static void post(void) {
	const struct jz_record record = { .kind = KIND };
	CHECK(jz_ring_write(&janus.down, &record, NULL, 0) == 0);
}

static void test_busy(void) {
	struct jz_watchdog watchdog = { 0 };
	links_open(1 << 16);
	jz_watchdog_begin(&watchdog, 0);
	post();
	for(uint64_t now = 0; now < 5 * LIMIT; now += LIMIT / 2) {
		beat();
		CHECK(!jz_watchdog_check(&watchdog, &janus, now, LIMIT));
	}
	/* Its last beat was seen at 4,500. */
	CHECK(!jz_watchdog_check(&watchdog, &janus, 5499, LIMIT));
	CHECK(jz_watchdog_check(&watchdog, &janus, 5500, LIMIT));
	CHECK(!jz_watchdog_check(&watchdog, &janus, 5501, LIMIT));
	CHECK(jz_watchdog_check(&watchdog, &janus, 6500, LIMIT));
	jz_link_destroy(&janus);
}

static void test_idle(void) {
	struct jz_watchdog watchdog = { 0 };
	links_open(1 << 16);
	jz_watchdog_begin(&watchdog, 0);
	unsigned asked = 0;
	for(uint64_t now = 0; now < 10 * LIMIT; now += LIMIT / 10) {
		atomic_store(&janus.shared->down.sleeping, 1);
		CHECK(!jz_watchdog_check(&watchdog, &janus, now, LIMIT));
		if(woken()) {
			asked++;
			beat(); /* and asleep again */
		}
	}
	CHECK(asked > 5 && asked < 25);
	/* It answers no more. */
	uint64_t now = 10 * LIMIT;
	while(!jz_watchdog_check(&watchdog, &janus, now, LIMIT) && now < 20 * LIMIT)
		now += LIMIT / 10;
	CHECK(now > 11 * LIMIT && now < 13 * LIMIT);
	jz_link_destroy(&janus);
}

static void test_offer(void) {
	struct jz_offer offer = { 0 };
	links_open(16 << 20);
	struct jz_ring_control *up = janus.up.control;
	/* Far enough from its beginning. */
	atomic_store(&up->head, JZ_REWIND_BYTES);
	atomic_store(&up->tail, JZ_REWIND_BYTES);
	CHECK(jz_offer_make(&offer, &janus.up) && offer.out && atomic_load(&up->sleeping) == 1);
	CHECK(jz_offer_take_back(&offer, &janus.up) && !offer.out && atomic_load(&up->sleeping) == 0);
	CHECK(!jz_offer_kept(&offer, 1, LIMIT));
	/* The producer is at it. */
	CHECK(jz_offer_make(&offer, &janus.up));
	atomic_store(&up->rewind, JZ_REWIND_TAKEN);
	CHECK(!jz_offer_take_back(&offer, &janus.up) && !jz_offer_make(&offer, &janus.up));
	CHECK(!jz_offer_kept(&offer, 2, LIMIT) && !jz_offer_kept(&offer, LIMIT + 1, LIMIT));
	CHECK(jz_offer_kept(&offer, LIMIT + 2, LIMIT));
	atomic_store(&up->rewind, JZ_REWIND_NO);
	CHECK(jz_offer_take_back(&offer, &janus.up) && !jz_offer_kept(&offer, 2 * LIMIT, LIMIT));
	/* Or it ends while it is. */
	CHECK(jz_offer_make(&offer, &janus.up));
	atomic_store(&up->rewind, JZ_REWIND_TAKEN);
	jz_offer_end(&offer, &janus.up);
	CHECK(!offer.out && jz_offer_make(&offer, &janus.up));
	jz_link_destroy(&janus);
}

int main(void) {
	tap_run("watchdog: who has something to do must move", test_busy);
	tap_run("watchdog: who has nothing to do must answer", test_idle);
	tap_run("offer: an offered ring comes back, or is said to be kept", test_offer);
	return tap_end();
}
