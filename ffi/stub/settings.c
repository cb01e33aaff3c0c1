#define _GNU_SOURCE
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <config.h>

/* As in log.c: this file is also opened where there is no Janus. */
#pragma weak janus_config_parse
#pragma weak janus_config_destroy

#include "settings.gen.h"

#define CONFIG_BYTES_MAX (4u << 20)

size_t jz_jsonc_strip(char *text, size_t length) {
	size_t out = 0, in = length >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	while(in < length) {
		char c = text[in];
		if(c == '"') {
			do {
				if(text[in] == '\\' && in + 1 < length)
					text[out++] = text[in++];
				text[out++] = text[in++];
			} while(in < length && text[in] != '"');
			if(in < length)
				text[out++] = text[in++];
		} else if(c == '/' && in + 1 < length && text[in + 1] == '/') {
			while(in < length && text[in] != '\n')
				in++;
		} else if(c == '/' && in + 1 < length && text[in + 1] == '*') {
			in += 2;
			while(in + 1 < length && !(text[in] == '*' && text[in + 1] == '/'))
				in++;
			in = in + 2 <= length ? in + 2 : length;
		} else if(strchr(" \t\r\n", c) != NULL && c != '\0') {
			in++;
		} else {
			if((c == '}' || c == ']') && out > 0 && text[out - 1] == ',')
				out--;
			text[out++] = text[in++];
		}
	}
	return out;
}

/* Janus's tree as JSON: categories are objects, arrays are arrays, items are strings. */
static json_t *container_to_json(const janus_config_container *container) {
	if(container->type == janus_config_type_item)
		return container->value != NULL ? json_string(container->value) : json_null();
	bool array = container->type == janus_config_type_array;
	json_t *json = array ? json_array() : json_object();
	for(GList *l = container->list; l != NULL; l = l->next) {
		const janus_config_container *member = l->data;
		if(array)
			json_array_append_new(json, container_to_json(member));
		else if(member->name != NULL)
			json_object_set_new_nocheck(json, member->name, container_to_json(member));
	}
	return json;
}

static json_t *tree_to_json(const janus_config *config) {
	json_t *json = json_object();
	for(GList *l = config->list; l != NULL; l = l->next) {
		const janus_config_container *member = l->data;
		if(member->name != NULL)
			json_object_set_new_nocheck(json, member->name, container_to_json(member));
	}
	return json;
}

/* The whole file, NUL-terminated. NULL with errno set: ENOENT when there is none. */
static char *file_read(const char *path, size_t *length) {
	FILE *file = fopen(path, "re");
	if(file == NULL)
		return NULL;
	char *text = malloc(CONFIG_BYTES_MAX + 1);
	if(text != NULL) {
		*length = fread(text, 1, CONFIG_BYTES_MAX + 1, file);
		if(ferror(file) || *length > CONFIG_BYTES_MAX) {
			int error = ferror(file) ? errno : EFBIG;
			free(text);
			text = NULL;
			errno = error;
		} else {
			text[*length] = '\0';
		}
	}
	int error = errno;
	fclose(file);
	errno = error;
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
	if(json_is_integer(value))
		return json_integer_value(value) == 1;
	const char *text = json_string_value(value);
	if(text == NULL)
		return fallback;
	return !strcasecmp(text, "true") || !strcasecmp(text, "yes") || !strcasecmp(text, "on") || !strcmp(text, "1");
}

static void runtime_read(struct jz_settings *settings, json_t *tree, const char *folder) {
	json_t *runtime = json_object_get(tree, "runtime");
	const char *deno = json_string_value(json_object_get(runtime, "deno"));
	settings->deno = strdup(deno != NULL && *deno != '\0' ? deno : JZ_RUNTIME_DENO_DEFAULT);
	settings->startup_timeout = setting_integer(runtime, "startup_timeout", JZ_RUNTIME_STARTUP_TIMEOUT_DEFAULT,
		JZ_RUNTIME_STARTUP_TIMEOUT_MIN, JZ_RUNTIME_STARTUP_TIMEOUT_MAX);
	settings->watchdog = setting_integer(runtime, "watchdog", JZ_RUNTIME_WATCHDOG_DEFAULT,
		JZ_RUNTIME_WATCHDOG_MIN, JZ_RUNTIME_WATCHDOG_MAX);
	settings->ring_size = setting_integer(runtime, "ring_size", JZ_RUNTIME_RING_SIZE_DEFAULT,
		JZ_RUNTIME_RING_SIZE_MIN, JZ_RUNTIME_RING_SIZE_MAX);
	settings->max_heap = setting_integer(runtime, "max_heap", JZ_RUNTIME_MAX_HEAP_DEFAULT,
		JZ_RUNTIME_MAX_HEAP_MIN, JZ_RUNTIME_MAX_HEAP_MAX);
	settings->jitless = setting_boolean(runtime, "jitless", JZ_RUNTIME_JITLESS_DEFAULT);
	jz_grants_read(&settings->grants, tree, folder);
	json_t *modules = json_object_get(tree, json_object_get(tree, "filters") != NULL ? "filters" : "hooks");
	settings->modules_memory = setting_integer(modules, "max_memory", JZ_MODULES_MAX_MEMORY_DEFAULT,
		JZ_MODULES_MAX_MEMORY_MIN, JZ_MODULES_MAX_MEMORY_MAX);
}

/* 1: read, 0: no such file, else -errno. */
static int jsonc_read(struct jz_settings *settings, const char *folder, const char *path, char **reason) {
	size_t length = 0;
	char *text = file_read(path, &length);
	if(text == NULL) {
		if(errno == ENOENT)
			return 0;
		int error = errno;
		if(asprintf(reason, "cannot read %s: %s", path, strerror(error)) < 0)
			*reason = NULL;
		return -error;
	}
	json_t *string = json_stringn(text, length);
	if(string == NULL) {
		free(text);
		if(asprintf(reason, "%s is not UTF-8 text", path) < 0)
			*reason = NULL;
		return -EILSEQ;
	}
	settings->source = json_pack("{sssssO}", "format", "jsonc", "path", path, "text", string);
	json_decref(string);
	/* If it does not parse, the isolate will say where. */
	json_t *tree = json_loadb(text, jz_jsonc_strip(text, length), 0, NULL);
	runtime_read(settings, tree, folder);
	json_decref(tree);
	free(text);
	return 1;
}

static int jcfg_read(struct jz_settings *settings, const char *folder, const char *path, char **reason) {
	FILE *file = fopen(path, "re");
	if(file == NULL && errno == ENOENT)
		return 0;
	if(file == NULL) {
		int error = errno;
		if(asprintf(reason, "cannot read %s: %s", path, strerror(error)) < 0)
			*reason = NULL;
		return -error;
	}
	fclose(file);
	janus_config *config = janus_config_parse(path);
	if(config == NULL) {
		if(asprintf(reason, "%s does not parse (Janus's parser says where, above)", path) < 0)
			*reason = NULL;
		return -EINVAL;
	}
	json_t *tree = tree_to_json(config);
	janus_config_destroy(config);
	runtime_read(settings, tree, folder);
	settings->source = json_pack("{sssssO}", "format", "jcfg", "path", path, "tree", tree);
	json_decref(tree);
	return 1;
}

int jz_settings_read(struct jz_settings *settings, const char *folder, const char *package, char **reason) {
	char *jsonc = NULL, *jcfg = NULL;
	int result = -ENOMEM;
	*settings = (struct jz_settings){ 0 };
	if(asprintf(&jsonc, "%s/%s.jsonc", folder, package) < 0 || asprintf(&jcfg, "%s/%s.jcfg", folder, package) < 0)
		goto done;
	result = jsonc_read(settings, folder, jsonc, reason);
	if(result > 0) {
		FILE *other = fopen(jcfg, "re");
		if(other != NULL) {
			json_object_set_new(settings->source, "ignored", json_string(jcfg));
			fclose(other);
		}
	}
	if(result == 0)
		result = jcfg_read(settings, folder, jcfg, reason);
	if(result == 0) {
		settings->source = json_pack("{ssss}", "format", "none", "path", jcfg);
		runtime_read(settings, NULL, folder);
	}
	if(result >= 0)
		result = settings->source != NULL && settings->deno != NULL ? 0 : -ENOMEM;
done:
	free(jsonc);
	free(jcfg);
	if(result < 0)
		jz_settings_free(settings);
	return result;
}

void jz_settings_free(struct jz_settings *settings) {
	free(settings->deno);
	jz_grants_free(&settings->grants);
	json_decref(settings->source);
	*settings = (struct jz_settings){ 0 };
}
