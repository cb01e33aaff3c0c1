/* What the supervisor is at: one state at a time, and what leads from each to the next. */
#ifndef JZ_STATE_H
#define JZ_STATE_H

enum jz_state {
	JZ_STOPPED = 1, /* there is no child, and none to come */
	JZ_STARTING, /* the first child is not ready yet */
	JZ_GIVING_UP, /* the first child is not going to be ready: it is about to end, and no other is to come */
	JZ_RUNNING, /* the child is ready */
	JZ_PAUSING, /* there is no child; the next one is started soon */
	JZ_RESTARTING, /* a child after the first is not ready yet */
	JZ_FAILING, /* it is not going to be: it is about to end, and another one follows */
	JZ_STOPPING, /* the child was told to flush and exit */
	JZ_STATES
};

enum jz_event {
	JZ_READY, /* the child says that it is ready */
	JZ_FAILED, /* the child says that it is not going to be ready, or takes too long for it */
	JZ_ENDED, /* the child has ended, or could not be started */
	JZ_PAUSED, /* the pause before the next child is over */
	JZ_STOP, /* the plugin is to stop */
	JZ_EVENTS
};

/* The state that follows; the same if the event changes nothing in it. */
enum jz_state jz_state_after(enum jz_state state, enum jz_event event);

/* What `info` calls it: "starting", "running", "restarting", "stopping" or "stopped". */
const char *jz_state_name(enum jz_state state);

#endif
