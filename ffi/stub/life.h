/* The life of the plugin's process, over and over: started, ready, ended, started again. The supervisor's
 * thread only, unless something else is said. */
#ifndef JZ_LIFE_H
#define JZ_LIFE_H

#include "child.h"
#include "plugin.h"
#include "state.h"

/* What it is made from, all borrowed. */
struct jz_life_parts {
	const struct jz_plugin *plugin;
	const struct jz_settings *settings;
	const struct jz_child_setup *setup;
	const struct jz_link *link;
};

/* Before the thread there is: from now on the first child is being started. */
void jz_life_begin(const struct jz_life_parts *parts);

/* Starts the first child. */
void jz_life_start(void);

/* Another thread: waits until the first child is ready (true), or there is not going to be one. It ends for
 * certain, as one that takes too long is killed. */
bool jz_life_await(void);

/* The child says that it is ready, and with what (JSON text); or that it cannot be, and why. */
void jz_life_ready(const uint8_t *text, size_t length);
void jz_life_failed(uint16_t flags, const char *reason, size_t length);

/* It does what it must not: says so, and ends it. Its end is seen later. */
void jz_life_faulty(const char *what);

/* It has ended, and all that it sent was taken. */
void jz_life_ended(void);

/* It is to end in order, and no other is to follow. */
void jz_life_stop(void);

/* When jz_life_due is due, in ms; and what is due then. */
uint64_t jz_life_deadline(void);
void jz_life_due(void);

/* There is no child any more, nor a thread. */
void jz_life_end(void);

/* What it is at. Any thread. */
enum jz_state jz_life_state(void);

/* The process, for who waits for it and watches it. */
struct jz_child *jz_life_child(void);

/* How it does. */
struct jz_facts {
	const char *state; /* "running", "restarting", ... */
	int pid; /* 0: there is none */
	int restarts;
	uint64_t uptime; /* seconds */
	uint64_t epoch_ms; /* since 1970: when Janus started the plugin */
};

/* Any thread. */
struct jz_facts jz_life_facts(void);

/* Milliseconds of a clock that nobody sets. */
uint64_t jz_now_ms(void);

#endif
