#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "json_writer.h"
#include "status.h"

#define TRIM_SLICE (1u << 20)
#define TRIM_KEEP (4u << 20) /* what is taken again and again is not worth giving back */

/* Where the child sees what was refused, by type. */
static const unsigned refusal_places[JZ_REFUSALS] = { JZ_PLACE_RING_FULL, JZ_PLACE_OVERSIZED, JZ_PLACE_INVALID };

/* A record that found the ring full and must arrive. */
struct owed {
	struct owed *next;
	struct jz_record record;
	char text[];
};

static struct {
	/* Serialises the down ring's producers, and guards the rest. */
	pthread_mutex_t mutex;
	bool open; /* link may be used */
	struct jz_link link;
	uint64_t refused[JZ_REFUSALS]; /* posts */
	uint16_t counted; /* the kind of record that is counted by type */
	uint64_t by_type[JZ_REFUSALS][JZ_DROP_TYPES];
	struct owed *owed, **owed_end; /* oldest first */
	uint64_t touched; /* bytes of the down ring, from its beginning, that were written since they were given back */
} self = { .mutex = PTHREAD_MUTEX_INITIALIZER, .link = { .memory_fd = -1, .wake_child_fd = -1, .wake_janus_fd = -1 } };

int jz_channel_open(const char *name, uint64_t ring_bytes, uint16_t counted) {
	int result = jz_link_create(&self.link, name, ring_bytes);
	self.open = result == 0;
	memset(self.refused, 0, sizeof self.refused);
	memset(self.by_type, 0, sizeof self.by_type);
	self.counted = counted;
	self.touched = 0;
	return result;
}

void jz_channel_close(void) {
	pthread_mutex_lock(&self.mutex);
	if(self.open)
		jz_link_destroy(&self.link);
	self.open = false;
	while(self.owed != NULL) {
		struct owed *next = self.owed->next;
		free(self.owed);
		self.owed = next;
	}
	pthread_mutex_unlock(&self.mutex);
}

struct jz_link *jz_channel_link(void) {
	return &self.link;
}

void jz_channel_lock(void) {
	pthread_mutex_lock(&self.mutex);
}

void jz_channel_unlock(void) {
	pthread_mutex_unlock(&self.mutex);
}

static uint64_t keep_bytes(unsigned keep) {
	return self.link.down.size / 8 * keep;
}

/* Under the mutex. */
static void count_by_type(enum jz_refusal why, uint16_t bit) {
	unsigned type = 0;
	while(type < JZ_DROP_TYPES - 1 && bit != 1u << type)
		type++;
	/* Counted here: what is in shared memory may be spoilt. */
	atomic_store(&self.link.shared->counters[refusal_places[why] + type], (double)++self.by_type[why][type]);
	jz_ring_skip_sequence(&self.link.down);
}

/* Under the mutex, after a record was written. */
static void touched_note(void) {
	const struct jz_ring *down = &self.link.down;
	uint64_t end = (atomic_load_explicit(&down->control->tail, memory_order_relaxed) - 1) % down->size + 1;
	end = end + 8 < down->size ? end + 8 : down->size; /* a skip record may follow */
	if(end > self.touched)
		self.touched = end;
}

/* Under the mutex. */
static bool slice_trim(void) {
	const struct jz_ring *down = &self.link.down;
	if(!self.open || self.touched <= TRIM_KEEP)
		return false;
	jz_ring_rewind(down);
	/* The consumer has nothing to look at, and no producer writes meanwhile. */
	uint64_t head = atomic_load(&down->control->head);
	if(jz_ring_used(down) != 0 || head % down->size > TRIM_KEEP)
		return false;
	uint64_t begin = (self.touched - 1) / TRIM_SLICE * TRIM_SLICE;
	if(begin < TRIM_KEEP)
		begin = TRIM_KEEP;
	off_t offset = (off_t)(jz_link_offset(&self.link, down) + begin), length = (off_t)(self.touched - begin);
	self.touched = begin;
	return fallocate(self.link.memory_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) == 0;
}

void jz_channel_trim(void) {
	for(bool more = true; more;) {
		pthread_mutex_lock(&self.mutex);
		more = slice_trim();
		pthread_mutex_unlock(&self.mutex);
	}
}

/* Under the mutex. */
static int refusal_count(const struct jz_record *record, int result) {
	if(result == 0) {
		touched_note();
		return result;
	}
	enum jz_refusal why = result == -EAGAIN ? JZ_REFUSED_FULL : result == -EMSGSIZE ? JZ_REFUSED_OVERSIZED : JZ_REFUSED_INVALID;
	self.refused[why]++;
	if(self.counted != 0 && record->kind == self.counted)
		count_by_type(why, record->type);
	return result;
}

/* Under the mutex, with an open channel. */
static void owed_settle(void) {
	while(self.owed != NULL) {
		struct owed *owed = self.owed;
		if(jz_ring_write(&self.link.down, &owed->record, owed->text, 0) == -EAGAIN)
			return;
		touched_note();
		self.owed = owed->next;
		free(owed);
	}
}

/* Under the mutex. */
static int owed_keep(const struct jz_record *record, const char *text) {
	struct owed *owed = malloc(sizeof *owed + record->length);
	if(owed == NULL)
		return -ENOMEM;
	*owed = (struct owed){ .record = *record };
	if(record->length > 0)
		memcpy(owed->text, text, record->length);
	*(self.owed == NULL ? &self.owed : self.owed_end) = owed;
	self.owed_end = &owed->next;
	return 0;
}

int jz_channel_post_owed(const struct jz_record *header, const char *text) {
	struct jz_record record = *header;
	record.length = text != NULL ? (uint32_t)strlen(text) : 0;
	int result = -ESHUTDOWN;
	pthread_mutex_lock(&self.mutex);
	if(self.open) {
		owed_settle();
		result = self.owed != NULL ? -EAGAIN : jz_ring_write(&self.link.down, &record, text, 0);
		if(result == 0)
			touched_note();
		if(result == -EAGAIN)
			result = owed_keep(&record, text);
	}
	pthread_mutex_unlock(&self.mutex);
	return result;
}

void jz_channel_settle(void) {
	pthread_mutex_lock(&self.mutex);
	if(self.open)
		owed_settle();
	pthread_mutex_unlock(&self.mutex);
}

int jz_channel_post(const struct jz_record *record, unsigned keep) {
	int result = -ESHUTDOWN;
	pthread_mutex_lock(&self.mutex);
	if(self.open)
		result = refusal_count(record, jz_ring_write(&self.link.down, record, NULL, keep_bytes(keep)));
	pthread_mutex_unlock(&self.mutex);
	return result;
}

/* A name, and behind it JSON text. */
static int ring_write_json(struct jz_record *record, const char *name, size_t name_length, json_t *json,
		size_t json_flags, uint64_t keep) {
	struct jz_slot slot;
	owed_settle();
	jz_ring_rewind(&self.link.down);
	for(int wrap = 0; wrap < 2; wrap++) {
		if(!jz_ring_reserve(&self.link.down, &slot, wrap, keep))
			continue;
		size_t room = slot.room > name_length ? slot.room - name_length : 0;
		size_t length = jz_json_write(json, (char *)slot.payload + (room > 0 ? name_length : 0), room, json_flags);
		if(length == 0)
			return -EINVAL;
		if(length + name_length > jz_ring_longest(self.link.down.size))
			return -EMSGSIZE;
		if(length <= room) {
			memcpy(slot.payload, name, name_length);
			record->length = (uint32_t)(name_length + length);
			jz_ring_publish(&self.link.down, &slot, record);
			return 0;
		}
	}
	return -EAGAIN;
}

static int post_json(struct jz_record *record, const char *name, size_t name_length, json_t *json,
		size_t json_flags, unsigned keep) {
	int result = -ESHUTDOWN;
	pthread_mutex_lock(&self.mutex);
	if(self.open)
		result = refusal_count(record, ring_write_json(record, name, name_length, json, json_flags, keep_bytes(keep)));
	pthread_mutex_unlock(&self.mutex);
	return result;
}

int jz_channel_post_json(struct jz_record *record, json_t *json, size_t json_flags, unsigned keep) {
	return post_json(record, "", 0, json, json_flags, keep);
}

int jz_channel_post_named(struct jz_record *record, const char *name, json_t *json, size_t json_flags, unsigned keep) {
	size_t name_length = strlen(name);
	if(name_length > JZ_SIZE_NAME)
		name_length = 0;
	record->flags = (uint16_t)name_length;
	return post_json(record, name, name_length, json, json_flags, keep);
}

size_t jz_json_flags(const char *format) {
	if(format != NULL && !strcmp(format, "indented"))
		return JSON_INDENT(3) | JSON_PRESERVE_ORDER;
	if(format != NULL && !strcmp(format, "plain"))
		return JSON_INDENT(0) | JSON_PRESERVE_ORDER;
	return JSON_COMPACT | JSON_PRESERVE_ORDER;
}

int jz_channel_control(json_t *control) {
	struct jz_record record = { .kind = JZ_DOWN_CONTROL };
	return jz_channel_post_json(&record, control, jz_json_flags(NULL), 0);
}

uint64_t jz_channel_refused(enum jz_refusal why) {
	pthread_mutex_lock(&self.mutex);
	uint64_t count = self.refused[why];
	pthread_mutex_unlock(&self.mutex);
	return count;
}

uint64_t jz_channel_refused_of(enum jz_refusal why, unsigned type) {
	pthread_mutex_lock(&self.mutex);
	uint64_t count = self.by_type[why][type];
	pthread_mutex_unlock(&self.mutex);
	return count;
}

bool jz_channel_stream_away(void) {
	pthread_mutex_lock(&self.mutex);
	bool away = self.open && atomic_load(&self.link.shared->counters[JZ_PLACE_STREAM_AWAY_SINCE]) != 0;
	pthread_mutex_unlock(&self.mutex);
	return away;
}

void jz_channel_renew(void) {
	pthread_mutex_lock(&self.mutex); /* queries read the status page */
	jz_link_renew(&self.link);
	for(unsigned why = 0; why < JZ_REFUSALS; why++)
		for(unsigned type = 0; type < JZ_DROP_TYPES; type++)
			atomic_store(&self.link.shared->counters[refusal_places[why] + type], (double)self.by_type[why][type]);
	pthread_mutex_unlock(&self.mutex);
}

json_t *jz_channel_show(void) {
	json_t *shown = NULL;
	pthread_mutex_lock(&self.mutex);
	if(self.open)
		shown = json_pack("{sIsIsIsIsIsIsI}",
			"size", (json_int_t)self.link.down.size, "used", (json_int_t)jz_ring_used(&self.link.down),
			"dropped", (json_int_t)self.refused[JZ_REFUSED_FULL], "oversized", (json_int_t)self.refused[JZ_REFUSED_OVERSIZED],
			"invalid", (json_int_t)self.refused[JZ_REFUSED_INVALID],
			"up_size", (json_int_t)self.link.up.size, "up_used", (json_int_t)jz_ring_used(&self.link.up));
	pthread_mutex_unlock(&self.mutex);
	return shown;
}

json_t *jz_channel_status(void) {
	pthread_mutex_lock(&self.mutex);
	json_t *status = self.open ? jz_status_read(&self.link) : NULL;
	pthread_mutex_unlock(&self.mutex);
	return status;
}
