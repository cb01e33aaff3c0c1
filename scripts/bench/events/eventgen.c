/* Makes events inside Janus: a plugin that hands them to the core at a rate, or as fast as it can.
 * It is told so over the Admin API's message_plugin:
 *
 *     {"request": "start", "run": 1000, "count": 200000, "rate": 0, "size": 520}
 *     {"request": "result"}
 *
 * A rate (events/s) of 0 is as fast as it can; size is that of the whole event in compact JSON. Each
 * event has the mark of mark.h, and is a tree of its own, built as Janus builds its statistics of
 * media.
 */
#include <plugins/plugin.h>

#include <jansson.h>
#include <sys/prctl.h>
#include <time.h>

#include "../frame/plugin_identity.h"
#include "mark.h"

#define PACKAGE "janus.plugin.eventgen"

/* Pauses are not shorter: at high rates a few events leave together, as they do in Janus. */
static const int64_t PAUSE_NS = 100000;

/* What the core puts around an event; it is 64 bits of microseconds. */
static const char ENVELOPE[] = "{\"emitter\":\"janus-zeromq\",\"type\":64,"
	"\"timestamp\":1795340041337519,\"event\":{\"plugin\":\"" PACKAGE "\",\"data\":}}";

struct order {
	int64_t run, count, rate, size;
};

struct result {
	int64_t run, sent;
	int64_t first_at, last_at;       /* CLOCK_MONOTONIC, ns: when the calls began and had ended */
	int64_t calls_total, calls_most; /* ns in notify_event, of all calls and of the slowest */
};

static int gen_init(janus_callbacks *callbacks, const char *config_path);
static void gen_destroy(void);
static json_t *gen_admin_message(json_t *message);

PLUGIN_IDENTITY(JANUS_PLUGIN_API_VERSION, "Generator of events, to measure with.", PACKAGE)

/* Nobody attaches to it. */
static void gen_create(janus_plugin_session *handle, int *error) { (void)handle, *error = -1; }
static void gen_end(janus_plugin_session *handle, int *error) { (void)handle, *error = -1; }
static void gen_media(janus_plugin_session *handle) { (void)handle; }
static json_t *gen_query(janus_plugin_session *handle) { (void)handle; return json_object(); }
static janus_plugin_result *gen_message(janus_plugin_session *handle, char *transaction,
	json_t *message, json_t *jsep)
{
	(void)handle, (void)transaction, (void)message, (void)jsep;
	return janus_plugin_result_new(JANUS_PLUGIN_ERROR, "use the Admin API", NULL);
}

static janus_plugin plugin = {
	.init = gen_init,
	.destroy = gen_destroy,
	PLUGIN_IDENTITY_MEMBERS,
	.create_session = gen_create,
	.handle_message = gen_message,
	.handle_admin_message = gen_admin_message,
	.setup_media = gen_media,
	.hangup_media = gen_media,
	.destroy_session = gen_end,
	.query_session = gen_query,
};

static janus_callbacks *core;
static GThread *thread;
static GMutex mutex;
static GCond changed;
/* Under the mutex. */
static struct order order;
static struct result result;
static gboolean ordered, stopping;

janus_plugin *create(void);

janus_plugin *create(void) { return &plugin; }

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void sleep_until(int64_t at)
{
	struct timespec t = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
		;
}

/* Members as in the core's statistics; the last one fills up to the size. */
static json_t *make_data(int64_t run, int64_t number, const char *filling)
{
	static const char *const names[] = {"mindex", "base", "lost", "lost-by-remote", "jitter-local",
		"jitter-remote", "in-link-quality", "out-link-quality", "packets-received", "packets-sent",
		"bytes-received", "bytes-sent", "nacks-received", "nacks-sent"};
	json_t *data = json_object(), *bench = json_array();
	json_array_append_new(bench, json_integer(run));
	json_array_append_new(bench, json_integer(FIRST_NUMBER + number));
	json_object_set_new(data, MARK, bench);
	json_object_set_new(data, "mid", json_string("0"));
	json_object_set_new(data, "media", json_string("audio"));
	json_object_set_new(data, "codec", json_string("opus"));
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		json_object_set_new(data, names[i], json_integer(40 + (json_int_t)i));
	json_object_set_new(data, "filling", json_string(filling));
	/* The time comes last, as what is measured begins with it. */
	json_array_append_new(bench, json_integer(now()));
	return data;
}

/* What is missing to the size; owned by the caller. */
static char *make_filling(int64_t run, int64_t size)
{
	json_t *data = make_data(run, 0, "");
	char *text = json_dumps(data, JSON_COMPACT);
	int64_t length = (int64_t)(sizeof ENVELOPE - 1 + strlen(text));
	free(text);
	json_decref(data);
	return g_strnfill(size > length ? (gsize)(size - length) : 0, 'x');
}

static gboolean must_stop(void)
{
	g_mutex_lock(&mutex);
	gboolean stop = stopping;
	g_mutex_unlock(&mutex);
	return stop;
}

static struct result run_order(const struct order *given)
{
	struct result made = {.run = given->run, .first_at = now()};
	char *filling = make_filling(given->run, given->size);
	for (; made.sent < given->count; made.sent++) {
		if (given->rate > 0) {
			int64_t due = made.first_at + made.sent * 1000000000 / given->rate, at = now();
			if (due > at)
				sleep_until(due > at + PAUSE_NS ? due : at + PAUSE_NS);
		}
		if (made.sent % 1024 == 0 && must_stop())
			break;
		json_t *data = make_data(given->run, made.sent, filling);
		int64_t before = now();
		core->notify_event(&plugin, NULL, data);
		made.last_at = now();
		int64_t took = made.last_at - before;
		made.calls_total += took;
		made.calls_most = MAX(made.calls_most, took);
	}
	g_free(filling);
	return made;
}

static void *run(void *data)
{
	prctl(PR_SET_TIMERSLACK, 1);
	g_mutex_lock(&mutex);
	while (!stopping) {
		if (!ordered) {
			g_cond_wait(&changed, &mutex);
			continue;
		}
		struct order taken = order;
		g_mutex_unlock(&mutex);
		struct result made = run_order(&taken);
		g_mutex_lock(&mutex);
		result = made;
		ordered = FALSE;
	}
	g_mutex_unlock(&mutex);
	return data;
}

static int64_t integer_of(json_t *message, const char *key)
{
	return json_integer_value(json_object_get(message, key));
}

/* Under the mutex. */
static json_t *start(json_t *message)
{
	struct order given = {
		.run = integer_of(message, "run"),
		.count = integer_of(message, "count"),
		.rate = integer_of(message, "rate"),
		.size = integer_of(message, "size"),
	};
	if (ordered)
		return json_pack("{ss}", "error", "a run is under way");
	if (given.count < 1 || given.count > MOST_EVENTS || given.rate < 0)
		return json_pack("{ss}", "error", "no such count or rate");
	if (!core->events_is_enabled())
		return json_pack("{ss}", "error", "events are off: broadcast, and a handler, are needed");
	order = given;
	ordered = TRUE;
	g_cond_signal(&changed);
	return json_pack("{ss}", "state", "started");
}

/* Under the mutex. */
static json_t *tell(void)
{
	if (ordered)
		return json_pack("{ss}", "state", "running");
	return json_pack("{ss sI sI sI sI sI sI}", "state", "done", "run", (json_int_t)result.run,
		"sent", (json_int_t)result.sent, "first_at", (json_int_t)result.first_at, "last_at",
		(json_int_t)result.last_at, "calls_total", (json_int_t)result.calls_total, "calls_most",
		(json_int_t)result.calls_most);
}

/* The thread of all requests: must not block. */
static json_t *gen_admin_message(json_t *message)
{
	const char *request = json_string_value(json_object_get(message, "request"));
	g_mutex_lock(&mutex);
	json_t *answer = g_strcmp0(request, "start") == 0 ? start(message)
		: g_strcmp0(request, "result") == 0           ? tell()
		: json_pack("{ss}", "error", "start or result");
	g_mutex_unlock(&mutex);
	return answer;
}

static int gen_init(janus_callbacks *callbacks, const char *config_path)
{
	(void)config_path;
	core = callbacks;
	thread = g_thread_new("eventgen", run, NULL);
	return 0;
}

static void gen_destroy(void)
{
	g_mutex_lock(&mutex);
	stopping = TRUE;
	g_cond_signal(&changed);
	g_mutex_unlock(&mutex);
	g_thread_join(thread);
}
