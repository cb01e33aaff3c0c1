/* The supervisor's states: what leads where. */
#include <string.h>

#include "state.h"
#include "tap.h"

static void test_first(void) {
	CHECK(jz_state_after(JZ_STARTING, JZ_READY) == JZ_RUNNING);
	/* A first child that fails is the last: Janus goes on without the plugin. */
	CHECK(jz_state_after(JZ_STARTING, JZ_ENDED) == JZ_STOPPED);
	CHECK(jz_state_after(JZ_STARTING, JZ_FAILED) == JZ_GIVING_UP);
	CHECK(jz_state_after(JZ_GIVING_UP, JZ_READY) == JZ_GIVING_UP);
	CHECK(jz_state_after(JZ_GIVING_UP, JZ_ENDED) == JZ_STOPPED);
}

static void test_later(void) {
	CHECK(jz_state_after(JZ_RUNNING, JZ_READY) == JZ_RUNNING);
	CHECK(jz_state_after(JZ_RUNNING, JZ_ENDED) == JZ_PAUSING);
	CHECK(jz_state_after(JZ_PAUSING, JZ_PAUSED) == JZ_RESTARTING);
	CHECK(jz_state_after(JZ_RESTARTING, JZ_READY) == JZ_RUNNING);
	/* Whatever becomes of it, another one follows. */
	CHECK(jz_state_after(JZ_RESTARTING, JZ_ENDED) == JZ_PAUSING);
	CHECK(jz_state_after(JZ_RESTARTING, JZ_FAILED) == JZ_FAILING);
	CHECK(jz_state_after(JZ_RUNNING, JZ_FAILED) == JZ_FAILING);
	CHECK(jz_state_after(JZ_FAILING, JZ_READY) == JZ_FAILING);
	CHECK(jz_state_after(JZ_FAILING, JZ_ENDED) == JZ_PAUSING);
}

static void test_stop(void) {
	for(enum jz_state state = JZ_STOPPED; state < JZ_STATES; state++) {
		enum jz_state after = jz_state_after(state, JZ_STOP);
		CHECK(after == (state == JZ_STOPPED || state == JZ_PAUSING ? JZ_STOPPED : JZ_STOPPING));
	}
	CHECK(jz_state_after(JZ_STOPPING, JZ_ENDED) == JZ_STOPPED);
	/* Nothing leads out of it but the child's end. */
	for(enum jz_event event = 0; event < JZ_EVENTS; event++) {
		if(event != JZ_ENDED)
			CHECK(jz_state_after(JZ_STOPPING, event) == JZ_STOPPING);
		CHECK(jz_state_after(JZ_STOPPED, event) == JZ_STOPPED);
	}
}

static void test_name(void) {
	CHECK(!strcmp(jz_state_name(JZ_STOPPED), "stopped"));
	CHECK(!strcmp(jz_state_name(JZ_STARTING), "starting") && !strcmp(jz_state_name(JZ_GIVING_UP), "starting"));
	CHECK(!strcmp(jz_state_name(JZ_RUNNING), "running"));
	CHECK(!strcmp(jz_state_name(JZ_PAUSING), "restarting") && !strcmp(jz_state_name(JZ_RESTARTING), "restarting"));
	CHECK(!strcmp(jz_state_name(JZ_FAILING), "restarting"));
	CHECK(!strcmp(jz_state_name(JZ_STOPPING), "stopping"));
}

int main(void) {
	tap_run("state: the first child runs, or the plugin does not", test_first);
	tap_run("state: a later child is followed by another one", test_later);
	tap_run("state: a stop is final", test_stop);
	tap_run("state: what info calls it", test_name);
	return tap_end();
}
