/* The channel: events on their way into the ring, what is refused of them, and the status page. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bridge.h"
#include "channel.h"
#include "events.gen.h"
#include "tap.h"

#define RING (1u << 16)
#define MEDIA 32
#define SESSIONS 1

static struct jz_link child;

static void channel_open(void) {
	if(!CHECK(jz_channel_open("channel", RING, JZ_DOWN_EVENT) == 0))
		exit(1);
	jz_channel_renew();
	child = *jz_channel_link();
	jz_link_lay(&child, jz_link_offset(&child, &child.down), child.down.size, child.up.size);
}

static int event_post(const char *name, uint16_t type, size_t padding, unsigned keep) {
	char *text = malloc(padding + 1);
	memset(text, 'x', padding);
	text[padding] = '\0';
	json_t *event = json_pack("{siss}", "type", type, "padding", text);
	struct jz_record record = { .kind = JZ_DOWN_EVENT, .type = type, .session = 7 };
	int result = jz_channel_post_named(&record, name, event, JSON_COMPACT | JSON_PRESERVE_ORDER, keep);
	json_decref(event);
	free(text);
	return result;
}

/* The next record's payload is this; returns its sequence. */
static uint64_t expect(const char *payload, uint16_t name_length) {
	struct jz_entry entry = { .length = 0 };
	CHECK(jz_drain(&child, &entry, 1) == 1);
	CHECK(entry.kind == JZ_DOWN_EVENT && entry.flags == name_length && entry.session == 7);
	const char *there = (const char *)child.down.data + entry.offset;
	if(!CHECK(entry.length == strlen(payload) && !memcmp(there, payload, entry.length)))
		printf("# %.*s\n", (int)entry.length, there);
	jz_commit(&child, 0, 0);
	return entry.sequence;
}

static void test_name(void) {
	char longest[JZ_SIZE_NAME + 1], longer[JZ_SIZE_NAME + 2], expected[JZ_SIZE_NAME + 64];
	memset(longest, 'n', sizeof longest - 1);
	memset(longer, 'n', sizeof longer - 1);
	longest[sizeof longest - 1] = longer[sizeof longer - 1] = '\0';
	channel_open();
	CHECK(event_post("janus.plugin.echotest", MEDIA, 2, 0) == 0);
	CHECK(expect("janus.plugin.echotest{\"type\":32,\"padding\":\"xx\"}", 21) == 1);
	CHECK(event_post("", MEDIA, 0, 0) == 0);
	CHECK(expect("{\"type\":32,\"padding\":\"\"}", 0) == 2);
	CHECK(event_post(longest, MEDIA, 0, 0) == 0);
	snprintf(expected, sizeof expected, "%s{\"type\":32,\"padding\":\"\"}", longest);
	expect(expected, JZ_SIZE_NAME);
	CHECK(event_post(longer, MEDIA, 0, 0) == 0);
	expect("{\"type\":32,\"padding\":\"\"}", 0);
	jz_channel_close();
	CHECK(event_post("", MEDIA, 0, 0) == -ESHUTDOWN);
}

/* Wherever the ring's end is, an event is whole. */
static void test_wrap(void) {
	channel_open();
	char expected[4096];
	for(size_t i = 0; i < 3000; i++) {
		size_t padding = i * 37 % 1000;
		CHECK(event_post("name", MEDIA, padding, 0) == 0);
		int length = snprintf(expected, sizeof expected, "name{\"type\":32,\"padding\":\"");
		memset(expected + length, 'x', padding);
		strcpy(expected + length + padding, "\"}");
		if(expect(expected, 4) != i + 1)
			CHECK(!"in order");
	}
	jz_channel_close();
}

static void test_refused(void) {
	channel_open();
	unsigned fit = 0, refused = 0;
	while(event_post("", MEDIA, 1000, 1) == 0)
		fit++;
	for(; refused < 4; refused++)
		CHECK(event_post("", MEDIA, 1000, 1) == -EAGAIN);
	CHECK(event_post("", 3, 1000, 1) == -EAGAIN); /* no type at all */
	/* What is kept back is for others. */
	CHECK(event_post("", SESSIONS, 1000, 0) == 0);
	CHECK(event_post("", 256, RING / 2, 0) == -EMSGSIZE);
	CHECK(jz_channel_refused_of(JZ_REFUSED_FULL, 5) == 5);
	CHECK(jz_channel_refused_of(JZ_REFUSED_FULL, 0) == 0);
	CHECK(jz_channel_refused_of(JZ_REFUSED_FULL, JZ_DROP_TYPES - 1) == 1);
	struct jz_entry entries[128];
	CHECK(jz_drain(&child, entries, 128) == (int)fit + 1);
	CHECK(entries[fit - 1].sequence == fit && entries[fit].sequence == fit + 1 + 6);
	jz_commit(&child, 0, 0);
	CHECK(event_post("", 256, RING / 2, 0) == -EMSGSIZE);
	CHECK(jz_channel_refused_of(JZ_REFUSED_OVERSIZED, 8) == 2);
	/* What is no event leaves no gap. */
	struct jz_record message = { .kind = JZ_DOWN_CONTROL, .length = RING };
	CHECK(jz_channel_post(&message, 0) == -EMSGSIZE);
	CHECK(event_post("", MEDIA, 0, 0) == 0 && expect("{\"type\":32,\"padding\":\"\"}", 0) == fit + 1 + 6 + 2 + 1);
	jz_channel_close();
}

/* What cannot be written counts as well, and leaves a gap. */
static void test_invalid(void) {
	channel_open();
	json_t *cycle = json_object(), *inner = json_array(), *deep = json_array();
	json_object_set(cycle, "inner", inner);
	json_array_append(inner, cycle);
	for(int i = 0; i < 2000; i++) {
		json_t *outer = json_array();
		json_array_append_new(outer, deep);
		deep = outer;
	}
	struct jz_record record = { .kind = JZ_DOWN_EVENT, .type = 64, .session = 7 };
	CHECK(jz_channel_post_named(&record, "", cycle, JSON_COMPACT | JSON_PRESERVE_ORDER, 0) == -EINVAL);
	CHECK(jz_channel_post_named(&record, "", cycle, JSON_INDENT(3), 0) == -EINVAL);
	CHECK(jz_channel_refused_of(JZ_REFUSED_INVALID, 6) == 2 && jz_channel_refused(JZ_REFUSED_INVALID) == 2);
	CHECK(atomic_load(&child.shared->counters[JZ_PLACE_INVALID + 6]) > 1.5);
	/* As deep as jansson reads is not too deep. */
	CHECK(jz_channel_post_named(&record, "", deep, JSON_COMPACT | JSON_PRESERVE_ORDER, 0) == 0);
	struct jz_entry entry;
	CHECK(jz_drain(&child, &entry, 1) == 1 && entry.sequence == 3 && entry.length == 2 * 2001);
	json_array_clear(inner);
	json_decref(inner);
	json_decref(cycle);
	json_decref(deep);
	jz_channel_close();
}

/* A child may leave anything where the counts are. */
static void test_refused_spoilt(void) {
	channel_open();
	CHECK(event_post("", 256, RING, 0) == -EMSGSIZE);
	double nonsense[] = { -1, 1e16, 1e300, -INFINITY, NAN };
	for(size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
		atomic_store(&child.shared->counters[JZ_PLACE_OVERSIZED + 8], nonsense[i]);
		atomic_store(&child.shared->counters[5], nonsense[i]);
		CHECK(jz_channel_refused_of(JZ_REFUSED_OVERSIZED, 8) == 1 + i);
		CHECK(event_post("", 256, RING, 0) == -EMSGSIZE);
		jz_channel_renew();
		CHECK((int)atomic_load(&child.shared->counters[JZ_PLACE_OVERSIZED + 8]) == (int)i + 2);
		CHECK((int)atomic_load(&child.shared->counters[5]) == 0);
	}
	jz_channel_close();
}

static uint64_t memory_taken(void) {
	struct stat file;
	CHECK(fstat(jz_channel_link()->memory_fd, &file) == 0);
	return (uint64_t)file.st_blocks * 512;
}

static void drain_all(void) {
	struct jz_entry entries[64];
	while(jz_drain(&child, entries, 64) > 0)
		jz_commit(&child, 0, 0);
}

/* A deep backlog's memory is given back once it is gone, and not before. */
static void test_trim(void) {
	struct jz_entry entry;
	if(!CHECK(jz_channel_open("channel", 32 << 20, JZ_DOWN_EVENT) == 0))
		exit(1);
	jz_channel_renew();
	child = *jz_channel_link();
	jz_link_lay(&child, jz_link_offset(&child, &child.down), child.down.size, child.up.size);
	unsigned count = 0;
	while(event_post("", MEDIA, 100000, 0) == 0)
		count++;
	CHECK(count > 300 && memory_taken() > 31 << 20);
	jz_channel_trim();
	CHECK(memory_taken() > 31 << 20);
	drain_all();
	/* The child is awake: it might look anywhere from where it is. */
	jz_channel_trim();
	CHECK(memory_taken() > 31 << 20);
	CHECK(jz_sleep(&child) == 1);
	jz_channel_trim();
	CHECK(memory_taken() < 5 << 20);
	jz_awake(&child, 0);
	for(unsigned i = 0; i < count; i++) {
		CHECK(event_post("", MEDIA, 100000, 0) == 0);
		if(i % 7 == 0)
			CHECK(jz_drain(&child, &entry, 1) == 1 && entry.length > 100000);
	}
	drain_all();
	CHECK(jz_ring_used(&jz_channel_link()->down) == 0);
	/* Little is left where it is. */
	CHECK(jz_sleep(&child) == 1);
	jz_channel_trim();
	CHECK(event_post("", MEDIA, 2000000, 0) == 0);
	uint64_t before = memory_taken();
	drain_all();
	CHECK(jz_sleep(&child) == 1);
	jz_channel_trim();
	CHECK(memory_taken() == before);
	jz_channel_close();
}

static void status_is(const char *page, const char *expected) {
	CHECK(jz_status_write(&child, page, (uint32_t)strlen(page)) == 0);
	json_t *status = jz_channel_status(), *wanted = json_loads(expected, 0, NULL);
	if(!CHECK(wanted != NULL && json_equal(status, wanted))) {
		char *text = json_dumps(status, JSON_COMPACT | JSON_ENCODE_ANY);
		printf("# %s\n", text);
		free(text);
	}
	json_decref(status);
	json_decref(wanted);
}

static void test_status(void) {
	channel_open();
	_Atomic double *counters = jz_channel_link()->shared->counters;
	atomic_store(&counters[0], 1.0);
	atomic_store(&counters[1], 9007199254740991.0);
	atomic_store(&counters[200], 4.0);
	atomic_store(&counters[3], 1e300);
	status_is("{\"a\":{\"counter\":0},\"b\":{\"counter\":1},\"c\":{\"counter\":2}}", "{\"a\":1,\"b\":9007199254740991,\"c\":0}");
	status_is("{\"a\":{\"counter\":200},\"b\":{\"c\":[{\"counter\":0},[{\"d\":{\"counter\":3}}]]}}", "{\"a\":4,\"b\":{\"c\":[1,[{\"d\":0}]]}}");
	status_is("{\"counters\":{\"x\":{\"counter\":200},\"y\":{\"sum\":[0,200,200]}}}", "{\"counters\":{\"x\":4,\"y\":9}}");
	/* Places that there are not, and what only looks like one. */
	status_is("{\"a\":{\"counter\":256},\"b\":{\"counter\":-1},\"c\":{\"counter\":\"0\"},\"d\":{\"counter\":0,\"e\":1},\"f\":{\"sum\":[]},\"g\":{\"sum\":[\"x\",9e9,0]}}",
		"{\"a\":0,\"b\":0,\"c\":{\"counter\":\"0\"},\"d\":{\"counter\":0,\"e\":1},\"f\":0,\"g\":1}");
	CHECK(jz_status_write(&child, "[1]", 3) == 0 && jz_channel_status() == NULL);
	jz_channel_close();
}

int main(void) {
	tap_run("channel: an event's name stands before its text", test_name);
	tap_run("channel: events are whole wherever the ring ends", test_wrap);
	tap_run("channel: refused events are counted by type and leave a gap", test_refused);
	tap_run("channel: what cannot be written is counted, and what is nested deeply is written", test_invalid);
	tap_run("channel: counts are right whatever the child leaves in their place", test_refused_spoilt);
	tap_run("channel: memory of a backlog that is gone is given back", test_trim);
	tap_run("channel: the status page's places become numbers", test_status);
	return tap_end();
}
