/* Event records as a filter and ZeroMQ take them: JSON arrays and topics. */
#include "bridge.h"

#include <string.h>

/* The text stands behind the name. */
static uint32_t name_length(const struct jz_entry *entry) {
	return (entry->kind & JZ_NAMED) && entry->flags <= entry->length ? entry->flags : 0;
}

/* Writes the JSON texts of these entries as one array. Returns how many fit, the first ones;
 * text i is at offsets[i] to offsets[i + 1] - 1, and the array ends at offsets[that many]. */
int jz_pack(const struct jz_link *link, const struct jz_entry *entries, const uint32_t *indices, uint32_t count,
		uint8_t *target, uint32_t capacity, uint32_t *offsets) {
	uint32_t at = 0, taken = 0;
	for(; taken < count; taken++) {
		const struct jz_entry *entry = &entries[indices[taken]];
		uint32_t name = name_length(entry), length = entry->length - name;
		if((uint64_t)at + length + 2 > capacity)
			break;
		target[at++] = taken > 0 ? ',' : '[';
		offsets[taken] = at;
		memcpy(target + at, link->down.data + entry->offset + name, length);
		at += length;
	}
	if(taken > 0)
		target[at++] = ']';
	offsets[taken] = at;
	return (int)taken;
}

/* The topic of an event: `head`, its session (- if it has none), a dot and its name. `target` must take
 * 300 bytes more than the head has. Returns the length. */
uint32_t jz_topic(const struct jz_link *link, const struct jz_entry *entries, uint32_t index,
		const char *head, uint32_t head_length, char *target) {
	const struct jz_entry *entry = &entries[index];
	char digits[24];
	size_t at = sizeof digits, name = name_length(entry);
	if(name > JZ_SIZE_NAME)
		name = 0;
	digits[--at] = '.';
	/* Signed, as the JSON text has it. */
	int64_t session = (int64_t)entry->session;
	uint64_t rest = session < 0 ? 0 - entry->session : entry->session;
	if(session == 0)
		digits[--at] = '-';
	for(; rest > 0; rest /= 10)
		digits[--at] = (char)('0' + rest % 10);
	if(session < 0)
		digits[--at] = '-';
	char *end = target;
	memcpy(end, head, head_length);
	end += head_length;
	memcpy(end, digits + at, sizeof digits - at);
	end += sizeof digits - at;
	memcpy(end, link->down.data + entry->offset, name);
	end += name;
	return (uint32_t)(end - target);
}
