/* Event records as filters and ZeroMQ take them. */
#define _GNU_SOURCE
#include <string.h>

#include "link_fixture.h"

static void event_post(const char *text, uint16_t name_length, uint64_t session) {
	struct jz_record record = { .kind = JZ_NAMED, .flags = name_length, .session = session, .length = (uint32_t)strlen(text) };
	CHECK(jz_ring_write(&janus.down, &record, text, 0) == 0);
}

static void test_pack(void) {
	struct jz_entry entries[8];
	uint32_t indices[] = { 0, 2, 3 }, offsets[4];
	uint8_t target[64];
	links_open(4096);
	event_post("name{\"a\":1}", 4, 0);
	event_post("{\"b\":2}", 0, 0);
	event_post("{\"c\":3}", 0, 0);
	event_post("plugin{\"d\":4}", 6, 0);
	CHECK(jz_drain(&child, entries, 8) == 4);
	CHECK(jz_pack(&child, entries, indices, 3, target, sizeof target, offsets) == 3);
	CHECK(offsets[3] == 25 && !memcmp(target, "[{\"a\":1},{\"c\":3},{\"d\":4}]", 25));
	CHECK(offsets[0] == 1 && offsets[1] == 9 && offsets[2] == 17);
	/* As many as fit, the last bracket included. */
	memset(target, '#', sizeof target);
	CHECK(jz_pack(&child, entries, indices, 3, target, 25, offsets) == 3);
	CHECK(jz_pack(&child, entries, indices, 3, target, 24, offsets) == 2 && offsets[2] == 17 && target[16] == ']');
	CHECK(target[25] == '#');
	CHECK(jz_pack(&child, entries, indices, 3, target, 9, offsets) == 1 && offsets[1] == 9);
	CHECK(jz_pack(&child, entries, indices, 3, target, 8, offsets) == 0 && offsets[0] == 0);
	jz_link_destroy(&janus);
}

static void test_topic(void) {
	struct { uint64_t session; const char *payload; uint16_t name; const char *topic; } cases[] = {
		{ 12, "janus.plugin.echotest{}", 21, "media.stats.12.janus.plugin.echotest" },
		{ 0, "{}", 0, "media.stats.-." },
		{ 9007199254740993u, "{}", 0, "media.stats.9007199254740993." },
		{ UINT64_MAX, "a{}", 1, "media.stats.-1.a" },
		{ INT64_MAX, "{}", 0, "media.stats.9223372036854775807." },
		{ 1ull << 63, "{}", 0, "media.stats.-9223372036854775808." },
	};
	struct jz_entry entries[8];
	char text[512];
	links_open(4096);
	for(size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		event_post(cases[i].payload, cases[i].name, cases[i].session);
	CHECK(jz_drain(&child, entries, 8) == 6);
	for(uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint32_t length = jz_topic(&child, entries, i, "media.stats.", 12, text);
		CHECK(length == strlen(cases[i].topic) && !memcmp(text, cases[i].topic, length));
	}
	jz_link_destroy(&janus);
}

int main(void) {
	tap_run("events: they are packed as one array", test_pack);
	tap_run("events: the topic of one", test_topic);
	return tap_end();
}
