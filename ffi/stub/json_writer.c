#include "json_writer.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define COMPACT (JSON_COMPACT | JSON_PRESERVE_ORDER)
/* jansson reads 2048 levels, so nothing that came from outside is deeper with Janus's own around it. A
 * cycle ends here. */
#define DEPTH_MAX 2100

struct writer {
	char *buffer;
	size_t size;
	size_t length; /* goes on counting when the buffer is full */
};

static void put(struct writer *writer, const char *bytes, size_t count) {
	if(writer->length + count <= writer->size)
		memcpy(writer->buffer + writer->length, bytes, count);
	writer->length += count;
}

static void put_char(struct writer *writer, char c) {
	if(writer->length < writer->size)
		writer->buffer[writer->length] = c;
	writer->length++;
}

/* What is rare is left to jansson, whose business it is: reals, and text beyond ASCII. */
static bool write_rare(struct writer *writer, const json_t *json) {
	size_t room = writer->length < writer->size ? writer->size - writer->length : 0;
	size_t count = json_dumpb(json, room > 0 ? writer->buffer + writer->length : NULL, room, COMPACT | JSON_ENCODE_ANY);
	writer->length += count;
	return count > 0;
}

static void write_escape(struct writer *writer, unsigned char c) {
	static const char digits[] = "0123456789ABCDEF";
	static const char names[] = { ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't' };
	char text[6] = { '\\', (char)c };
	size_t count = 2;
	if(c < sizeof names && names[c] != 0) {
		text[1] = names[c];
	} else if(c < 0x20) {
		memcpy(text, "\\u00", 4);
		text[4] = digits[c >> 4];
		text[5] = digits[c & 15];
		count = 6;
	}
	put(writer, text, count);
}

/* False if there is anything beyond ASCII; then nothing is written. */
static bool write_ascii(struct writer *writer, const char *text, size_t length) {
	size_t before = writer->length, from = 0;
	put_char(writer, '"');
	for(size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		if(c >= 0x20 && c < 0x80 && c != '"' && c != '\\')
			continue;
		if(c >= 0x80) {
			writer->length = before;
			return false;
		}
		put(writer, text + from, i - from);
		write_escape(writer, c);
		from = i + 1;
	}
	put(writer, text + from, length - from);
	put_char(writer, '"');
	return true;
}

static bool write_key(struct writer *writer, void *iterator) {
	const char *key = json_object_iter_key(iterator);
#if JANSSON_VERSION_HEX >= 0x020e00
	size_t length = json_object_iter_key_len(iterator); /* counting them costs a tenth of all */
#else
	size_t length = strlen(key);
#endif
	if(write_ascii(writer, key, length))
		return true;
	json_t *string = json_string_nocheck(key);
	bool written = string != NULL && write_rare(writer, string);
	json_decref(string);
	return written;
}

static void write_integer(struct writer *writer, json_int_t value) {
	char digits[24];
	size_t at = sizeof digits;
	unsigned long long rest = value < 0 ? 0ull - (unsigned long long)value : (unsigned long long)value;
	do
		digits[--at] = (char)('0' + rest % 10);
	while((rest /= 10) > 0);
	if(value < 0)
		digits[--at] = '-';
	put(writer, digits + at, sizeof digits - at);
}

static bool write_value(struct writer *writer, const json_t *json, int depth);

static bool write_object(struct writer *writer, const json_t *json, int depth) {
	json_t *object = (json_t *)(uintptr_t)json; /* iterating changes nothing */
	bool first = true;
	put_char(writer, '{');
	for(void *i = json_object_iter(object); i != NULL; i = json_object_iter_next(object, i)) {
		if(!first)
			put_char(writer, ',');
		first = false;
		if(!write_key(writer, i))
			return false;
		put_char(writer, ':');
		if(!write_value(writer, json_object_iter_value(i), depth + 1))
			return false;
	}
	put_char(writer, '}');
	return true;
}

static bool write_array(struct writer *writer, const json_t *json, int depth) {
	put_char(writer, '[');
	for(size_t i = 0; i < json_array_size(json); i++) {
		if(i > 0)
			put_char(writer, ',');
		if(!write_value(writer, json_array_get(json, i), depth + 1))
			return false;
	}
	put_char(writer, ']');
	return true;
}

static bool write_value(struct writer *writer, const json_t *json, int depth) {
	if(json == NULL || depth > DEPTH_MAX)
		return false;
	switch(json_typeof(json)) {
		case JSON_OBJECT:
			return write_object(writer, json, depth);
		case JSON_ARRAY:
			return write_array(writer, json, depth);
		case JSON_STRING:
			return write_ascii(writer, json_string_value(json), json_string_length(json)) || write_rare(writer, json);
		case JSON_INTEGER:
			write_integer(writer, json_integer_value(json));
			return true;
		case JSON_TRUE:
			put(writer, "true", 4);
			return true;
		case JSON_FALSE:
			put(writer, "false", 5);
			return true;
		case JSON_NULL:
			put(writer, "null", 4);
			return true;
		default:
			return write_rare(writer, json);
	}
}

size_t jz_json_write(const json_t *json, char *buffer, size_t size, size_t flags) {
	if(flags != COMPACT || !(json_is_object(json) || json_is_array(json)))
		return json_dumpb(json, buffer, size, flags);
	struct writer writer = { .buffer = buffer, .size = size };
	return write_value(&writer, json, 0) ? writer.length : 0;
}
