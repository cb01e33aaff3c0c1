#include "state.h"

static const struct {
	const char *name;
	enum jz_state after[JZ_EVENTS]; /* 0: it stays */
} states[JZ_STATES] = {
	[JZ_STOPPED] = { "stopped", { 0 } },
	[JZ_STARTING] = { "starting", {
		[JZ_READY] = JZ_RUNNING, [JZ_FAILED] = JZ_GIVING_UP, [JZ_ENDED] = JZ_STOPPED, [JZ_STOP] = JZ_STOPPING,
	} },
	[JZ_GIVING_UP] = { "starting", { [JZ_ENDED] = JZ_STOPPED, [JZ_STOP] = JZ_STOPPING } },
	[JZ_RUNNING] = { "running", { [JZ_FAILED] = JZ_FAILING, [JZ_ENDED] = JZ_PAUSING, [JZ_STOP] = JZ_STOPPING } },
	[JZ_PAUSING] = { "restarting", { [JZ_PAUSED] = JZ_RESTARTING, [JZ_STOP] = JZ_STOPPED } },
	[JZ_RESTARTING] = { "restarting", {
		[JZ_READY] = JZ_RUNNING, [JZ_FAILED] = JZ_FAILING, [JZ_ENDED] = JZ_PAUSING, [JZ_STOP] = JZ_STOPPING,
	} },
	[JZ_FAILING] = { "restarting", { [JZ_ENDED] = JZ_PAUSING, [JZ_STOP] = JZ_STOPPING } },
	[JZ_STOPPING] = { "stopping", { [JZ_ENDED] = JZ_STOPPED } },
};

enum jz_state jz_state_after(enum jz_state state, enum jz_event event) {
	enum jz_state after = states[state].after[event];
	return after != 0 ? after : state;
}

const char *jz_state_name(enum jz_state state) {
	return states[state].name;
}
