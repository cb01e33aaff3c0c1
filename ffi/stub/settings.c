#define _GNU_SOURCE
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <config.h>

/* As in log.c: this file is also opened where there is no Janus. */
#pragma weak janus_config_parse
#pragma weak janus_config_destroy

#include "integers.h"
#include "readable.h"
#include "settings.gen.h"

#define CONFIG_BYTES_MAX (4u << 20)
#define DEPTH_MAX 100
#define INCLUDE_DEPTH_MAX 10 /* libconfig's own */

/* Where the comment ends that begins at `in`. */
static size_t comment_end(const char *text, size_t in, size_t length) {
	bool line = text[in + 1] == '/';
	for(in += 2; in < length; in++) {
		if(line && (text[in] == '\n' || text[in] == '\r'))
			return in;
		if(!line && in + 1 < length && text[in] == '*' && text[in + 1] == '/')
			return in + 2;
	}
	return length;
}

void jz_jsonc_blank(char *text, size_t length) {
	size_t in = 0, comma = length; /* the last one, while nothing but blanks has followed */
	if(length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		memset(text, ' ', 3);
	while(in < length) {
		char c = text[in];
		if(c == '/' && in + 1 < length && (text[in + 1] == '/' || text[in + 1] == '*')) {
			for(size_t end = comment_end(text, in, length); in < end; in++)
				if(text[in] != '\n' && text[in] != '\r')
					text[in] = ' ';
			continue;
		}
		if(c == '"')
			for(in++; in < length && text[in] != '"'; in++)
				in += text[in] == '\\';
		if((c == '}' || c == ']') && comma < length)
			text[comma] = ' ';
		if(c == ',')
			comma = in;
		else if(c == '\0' || strchr(" \t\r\n", c) == NULL)
			comma = length;
		in++;
	}
}

/* Why a file is no configuration (owned by whoever gets it), and the -errno that goes with it. */
__attribute__((format(printf, 3, 4))) static int refuse(char **reason, int error, const char *format, ...) {
	va_list arguments;
	va_start(arguments, format);
	if(vasprintf(reason, format, arguments) < 0)
		*reason = NULL;
	va_end(arguments);
	return -error;
}

/* A value that cannot be JSON: its key, put together from the inside out. NULL for the caller to return. */
static json_t *key_add(char **key, const char *name, size_t index) {
	char *below = *key, *whole;
	int written = name == NULL ? asprintf(&whole, "[%zu]%s%s", index, below != NULL && *below != '[' ? "." : "", below != NULL ? below : "") :
		asprintf(&whole, "%s%s%s", name, below != NULL && *below != '[' ? "." : "", below != NULL ? below : "");
	*key = written < 0 ? NULL : whole;
	free(below);
	return NULL;
}

/* Janus's tree as JSON: categories are objects, arrays are arrays, items are strings. NULL with the key of
 * a value that is not UTF-8, or below more than DEPTH_MAX others. */
static json_t *list_to_json(const GList *list, bool array, int depth, char **key) {
	json_t *json = array ? json_array() : json_object();
	size_t index = 0;
	for(const GList *l = list; l != NULL; l = l->next, index++) {
		const janus_config_container *member = l->data;
		const char *name = array ? NULL : member->name != NULL ? member->name : "";
		json_t *value = NULL;
		if(member->type != janus_config_type_item)
			value = depth < DEPTH_MAX ? list_to_json(member->list, member->type == janus_config_type_array, depth + 1, key) : NULL;
		else
			value = member->value != NULL ? json_string(member->value) : json_null();
		if((array ? json_array_append_new(json, value) : json_object_set_new(json, name, value)) < 0) {
			json_decref(json);
			return key_add(key, name, index);
		}
	}
	return json;
}

/* The whole file (owned, NUL-terminated), or NULL: `*result` is 0 when there is none, else -errno with the
 * reason. What is no file is not waited for. */
static char *file_read(const char *path, size_t *length, int *result, char **reason) {
	struct stat info;
	char *text = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	*length = 0;
	*result = 0;
	if(fd < 0 && errno == ENOENT && lstat(path, &info) < 0)
		return NULL; /* not even a link to nothing, as where a volume is not mounted */
	if(fd < 0 || fstat(fd, &info) < 0) {
		*result = refuse(reason, errno, "cannot read %s: %s", path, strerror(errno));
	} else if(!S_ISREG(info.st_mode)) {
		*result = refuse(reason, EINVAL, "cannot read %s: it is no file, but a folder, FIFO or device", path);
	} else if((text = malloc(CONFIG_BYTES_MAX + 1)) == NULL) {
		*result = -ENOMEM;
	} else {
		ssize_t n = 0;
		while(*length <= CONFIG_BYTES_MAX && (n = read(fd, text + *length, CONFIG_BYTES_MAX + 1 - *length)) > 0)
			*length += (size_t)n;
		if(n < 0)
			*result = refuse(reason, errno, "cannot read %s: %s", path, strerror(errno));
		else if(*length > CONFIG_BYTES_MAX)
			*result = refuse(reason, EFBIG, "cannot read %s: it is longer than %u bytes", path, CONFIG_BYTES_MAX);
	}
	if(fd >= 0)
		close(fd);
	if(*result < 0) {
		free(text);
		return NULL;
	}
	text[*length] = '\0';
	return text;
}

static int setting_integer(json_t *runtime, const char *key, int fallback, int min, int max) {
	json_t *value = json_object_get(runtime, key);
	double number = json_is_number(value) ? json_number_value(value) : 0;
	if(json_is_string(value)) {
		char *end;
		number = strtod(json_string_value(value), &end);
		if(*end != '\0')
			return fallback;
	} else if(!json_is_number(value)) {
		return fallback;
	}
	return number >= min && number <= max ? (int)number : fallback;
}

static bool setting_boolean(json_t *runtime, const char *key, bool fallback) {
	json_t *value = json_object_get(runtime, key);
	if(json_is_boolean(value))
		return json_is_true(value);
	if(json_is_number(value))
		return json_number_value(value) == 1;
	const char *text = json_string_value(value);
	if(text == NULL)
		return fallback;
	return !strcasecmp(text, "true") || !strcasecmp(text, "yes") || !strcasecmp(text, "on") || !strcmp(text, "1");
}

static void runtime_read(struct jz_settings *settings, json_t *tree) {
	json_t *runtime = json_object_get(tree, "runtime");
	const char *deno = json_string_value(json_object_get(runtime, "deno"));
	settings->deno = strdup(deno != NULL ? deno : JZ_RUNTIME_DENO_DEFAULT);
	settings->startup_timeout = setting_integer(runtime, "startup_timeout", JZ_RUNTIME_STARTUP_TIMEOUT_DEFAULT,
		JZ_RUNTIME_STARTUP_TIMEOUT_MIN, JZ_RUNTIME_STARTUP_TIMEOUT_MAX);
	settings->watchdog = setting_integer(runtime, "watchdog", JZ_RUNTIME_WATCHDOG_DEFAULT,
		JZ_RUNTIME_WATCHDOG_MIN, JZ_RUNTIME_WATCHDOG_MAX);
	settings->ring_size = setting_integer(runtime, "ring_size", JZ_RUNTIME_RING_SIZE_DEFAULT,
		JZ_RUNTIME_RING_SIZE_MIN, JZ_RUNTIME_RING_SIZE_MAX);
	settings->max_heap = setting_integer(runtime, "max_heap", JZ_RUNTIME_MAX_HEAP_DEFAULT,
		JZ_RUNTIME_MAX_HEAP_MIN, JZ_RUNTIME_MAX_HEAP_MAX);
	settings->jitless = setting_boolean(runtime, "jitless", JZ_RUNTIME_JITLESS_DEFAULT);
	json_t *modules = json_object_get(tree, json_object_get(tree, "filters") != NULL ? "filters" : "hooks");
	settings->modules_memory = setting_integer(modules, "max_memory", JZ_MODULES_MAX_MEMORY_DEFAULT,
		JZ_MODULES_MAX_MEMORY_MIN, JZ_MODULES_MAX_MEMORY_MAX);
}

static void settings_fill(struct jz_settings *settings, json_t *tree, const char *folder) {
	static const char *const keys[][2] = JZ_FILE_KEYS;
	runtime_read(settings, tree);
	jz_grants_read(&settings->grants, tree, folder);
	jz_stream_grants_read(&settings->stream, tree, folder);
	settings->readable = jz_readable_list(tree, folder, keys, sizeof keys / sizeof *keys);
}

/* The first line that is not UTF-8. */
static int line_bad(const char *text, size_t length) {
	int number = 1;
	for(const char *end = text + length; text < end; number++) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		json_t *line = json_stringn(text, (size_t)((next != NULL ? next : end) - text));
		if(line == NULL)
			break;
		json_decref(line);
		text = next != NULL ? next + 1 : end;
	}
	return number;
}

/* 1: read, 0: no such file, else -errno. Text that jansson refuses is for the child to complain of,
 * in better words; it starts nothing that has a fault. */
static int jsonc_read(struct jz_settings *settings, const char *folder, const char *path, char **reason) {
	size_t length;
	int result;
	json_error_t error;
	char *text = file_read(path, &length, &result, reason);
	if(text == NULL)
		return result;
	json_t *string = json_stringn(text, length);
	if(string == NULL) {
		result = refuse(reason, EILSEQ, "%s:%d: this line is not UTF-8 text", path, line_bad(text, length));
		free(text);
		return result;
	}
	jz_jsonc_blank(text, length);
	json_t *tree = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	free(text);
	if(tree == NULL && asprintf(&settings->fault, "%s:%d:%d: %s", path, error.line, error.column, error.text) < 0)
		settings->fault = NULL;
	settings->source = json_pack("{sssssosO*ss*}", "format", "jsonc", "path", path, "text", string,
		"tree", tree, "fault", settings->fault);
	settings_fill(settings, tree, folder);
	/* To say what is wrong, a process must come up wherever it runs. */
	settings->jitless |= tree == NULL;
	result = tree != NULL || settings->fault != NULL ? 1 : -ENOMEM;
	json_decref(tree);
	return result;
}

/* Whether Janus's parser may have a file, and those that it includes: it would wait for a FIFO's other end,
 * takes values to end at a NUL, and large integers for others. 1: it may, 0: no such file, else -errno. */
static int jcfg_check(const char *path, int depth, char **reason) {
	size_t length;
	int result;
	struct jz_integer beyond;
	char *text = file_read(path, &length, &result, reason);
	if(text == NULL)
		return result;
	result = memchr(text, '\0', length) == NULL && strstr(text, "\\x00") == NULL ? 1 :
		refuse(reason, EINVAL, "%s has a NUL character in it, at which values would end", path);
	if(result > 0 && jz_integers_beyond(text, &beyond))
		result = refuse(reason, ERANGE, "%s:%d: %.*s is beyond 32 bits, and could be read as another number", path, beyond.line,
			(int)beyond.length, beyond.text);
	for(char *line = text, *next; result > 0 && line != NULL; line = next) {
		next = strchr(line, '\n');
		if(next != NULL)
			*next++ = '\0';
		line += strspn(line, " \t");
		char *from = !strncmp(line, "@include", 8) ? strchr(line, '"') : NULL, *end = from != NULL ? strchr(from + 1, '"') : NULL;
		if(end == NULL || depth >= INCLUDE_DEPTH_MAX)
			continue; /* what is wrong is for the parser to say */
		*end = '\0';
		result = jcfg_check(from + 1, depth + 1, reason) < 0 ? -EINVAL : 1;
	}
	free(text);
	return result;
}

static int jcfg_read(struct jz_settings *settings, const char *folder, const char *path, char **reason) {
	char *key = NULL;
	int result = jcfg_check(path, 0, reason);
	if(result <= 0)
		return result;
	janus_config *config = janus_config_parse(path);
	if(config == NULL)
		return refuse(reason, EINVAL, "%s does not parse (Janus's parser says where, above)", path);
	json_t *tree = list_to_json(config->list, false, 0, &key);
	janus_config_destroy(config);
	if(tree == NULL) {
		result = refuse(reason, EILSEQ, "%s: %s: is not UTF-8 text, or too deep within others", path, key != NULL ? key : "a value");
		free(key);
		return result;
	}
	settings_fill(settings, tree, folder);
	settings->source = json_pack("{sssssO}", "format", "jcfg", "path", path, "tree", tree);
	json_decref(tree);
	return 1;
}

int jz_settings_read(struct jz_settings *settings, const char *folder, const char *package, char **reason) {
	/* Whole, whatever the working directory is. */
	char *whole = *folder == '/' ? strdup(folder) : realpath(folder, NULL), *real = realpath(folder, NULL);
	char *jsonc = NULL, *jcfg = NULL, *exposed;
	int result = -ENOMEM;
	*settings = (struct jz_settings){ 0 };
	if(whole == NULL || asprintf(&jsonc, "%s/%s.jsonc", whole, package) < 0 || asprintf(&jcfg, "%s/%s.jcfg", whole, package) < 0)
		goto done;
	result = jsonc_read(settings, whole, jsonc, reason);
	if(result > 0 && access(jcfg, F_OK) == 0)
		json_object_set_new(settings->source, "ignored", json_string(jcfg));
	if(result == 0)
		result = jcfg_read(settings, whole, jcfg, reason);
	if(result == 0) {
		settings->source = json_pack("{ssss}", "format", "none", "path", jcfg);
		settings_fill(settings, NULL, whole);
	}
	if(real != NULL)
		json_object_set_new(settings->source, "folder", json_string(real));
	if(result >= 0)
		result = settings->source != NULL && settings->deno != NULL ? 0 : -ENOMEM;
	exposed = result == 0 ? jz_grants_exposed(&settings->grants, settings->readable) : NULL;
	if(result == 0 && exposed == NULL)
		exposed = jz_grants_exposed(&settings->grants, settings->stream.readable);
	if(exposed != NULL)
		result = refuse(reason, EACCES, "%s lies where modules could read it (filters.modules, hooks.modules): put modules in a folder of their own",
			exposed);
	free(exposed);
done:
	free(jsonc);
	free(jcfg);
	free(whole);
	free(real);
	if(result < 0)
		jz_settings_free(settings);
	return result;
}

void jz_settings_free(struct jz_settings *settings) {
	free(settings->deno);
	free(settings->readable);
	free(settings->fault);
	jz_grants_free(&settings->grants);
	jz_stream_grants_free(&settings->stream);
	json_decref(settings->source);
	*settings = (struct jz_settings){ 0 };
}
