#define _GNU_SOURCE
#include "grants.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_MAX 1000
#define PORT_MAX 65535

/* A comma would begin the next item, and Deno has no way to write one. */
static bool text_is_plain(const char *text) {
	for(const char *at = text; *at != '\0'; at++)
		if(*at == ',' || (unsigned char)*at < ' ' || *at == 0x7f)
			return false;
	return *text != '\0';
}

static bool is_path(const char *text) {
	return *text == '/' && text_is_plain(text);
}

/* host, host:port or [IPv6]:port */
bool jz_grants_is_net(const char *text) {
	const char *allowed = *text == '[' ? "0123456789abcdefABCDEF:." :
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	const char *host = *text == '[' ? text + 1 : text;
	size_t length = strspn(host, allowed);
	const char *rest = host + length;
	if(length == 0 || (*text == '[' && *rest++ != ']'))
		return false;
	if(*rest == '\0')
		return true;
	size_t digits = *rest == ':' ? strspn(rest + 1, "0123456789") : 0;
	long port = digits > 0 && digits <= 5 ? strtol(rest + 1, NULL, 10) : 0;
	return rest[1 + digits] == '\0' && port >= 1 && port <= PORT_MAX;
}

static bool is_env(const char *text) {
	if(*text == '\0' || isdigit((unsigned char)*text))
		return false;
	for(; *text != '\0'; text++)
		if(!isascii((unsigned char)*text) || (!isalnum((unsigned char)*text) && *text != '_'))
			return false;
	return true;
}

/* Adds an item to a list with commas. */
static void list_add(char **list, const char *item) {
	char *longer;
	if(asprintf(&longer, "%s%s%s", *list != NULL ? *list : "", *list != NULL ? "," : "", item) < 0)
		return;
	free(*list);
	*list = longer;
}

static void module_add(struct jz_grants *grants, const char *module, const char *folder) {
	char *path = NULL;
	if(!text_is_plain(module) || asprintf(&path, "%s%s%s", *module == '/' ? "" : folder, *module == '/' ? "" : "/", module) < 0)
		return;
	if(text_is_plain(path))
		list_add(&grants->modules, path);
	free(path);
}

static void item_add(struct jz_grants *grants, const char *key, const char *item, const char *folder) {
	if(!strcmp(key, "modules"))
		module_add(grants, item, folder);
	else if(!strcmp(key, "read") && is_path(item))
		list_add(&grants->read, item);
	else if(!strcmp(key, "net") && jz_grants_is_net(item))
		list_add(&grants->net, item);
	else if(!strcmp(key, "env") && is_env(item))
		list_add(&grants->env, item);
}

/* One text with commas, as operators may write a list. */
static void text_add(struct jz_grants *grants, const char *key, const char *text, const char *folder) {
	char *copy = strdup(text), *rest = copy, *item;
	for(int n = 0; copy != NULL && n < ITEMS_MAX && (item = strsep(&rest, ",")) != NULL; n++) {
		item += strspn(item, " \t");
		for(size_t length = strlen(item); length > 0 && strchr(" \t", item[length - 1]) != NULL; length--)
			item[length - 1] = '\0';
		item_add(grants, key, item, folder);
	}
	free(copy);
}

static void value_add(struct jz_grants *grants, const char *key, json_t *value, const char *folder) {
	if(json_is_string(value)) {
		text_add(grants, key, json_string_value(value), folder);
		return;
	}
	for(size_t i = 0; i < json_array_size(value) && i < ITEMS_MAX; i++) {
		json_t *item = json_array_get(value, i);
		if(json_is_string(item) && strlen(json_string_value(item)) == json_string_length(item))
			item_add(grants, key, json_string_value(item), folder);
	}
}

/* What is said of the only module, or of all of them. */
static char *title_make(const char *group, const char *modules) {
	char *title = NULL;
	const char *noun = !strcmp(group, "hooks") ? "Hook" : "Filter";
	if(strchr(modules, ',') != NULL ? asprintf(&title, "%ss", noun) < 0 : asprintf(&title, "%s %s", noun, modules) < 0)
		return NULL;
	return title;
}

void jz_grants_read(struct jz_grants *grants, json_t *tree, const char *folder) {
	static const char *const groups[] = { "filters", "hooks" }, *const keys[] = { "net", "read", "env" };
	*grants = (struct jz_grants){ 0 };
	for(size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
		json_t *group = json_object_get(tree, groups[g]);
		/* Each kind of plugin knows one of the two. */
		if(grants->modules == NULL)
			value_add(grants, "modules", json_object_get(group, "modules"), folder);
		if(grants->modules == NULL)
			continue; /* nobody is there who could be allowed anything */
		json_t *permissions = json_object_get(group, "permissions");
		for(size_t k = 0; k < sizeof keys / sizeof *keys; k++)
			value_add(grants, keys[k], json_object_get(permissions, keys[k]), folder);
		grants->folder = strdup(folder);
		grants->title = title_make(groups[g], grants->modules);
		return;
	}
}

void jz_grants_free(struct jz_grants *grants) {
	free(grants->modules);
	free(grants->folder);
	free(grants->read);
	free(grants->net);
	free(grants->env);
	free(grants->title);
	*grants = (struct jz_grants){ 0 };
}

static bool is_below(const char *path, const char *folder) {
	size_t length = strlen(folder);
	if(length > 0 && folder[length - 1] == '/')
		length--;
	return !strncmp(path, folder, length) && (path[length] == '/' || path[length] == '\0');
}

/* Adds a path, and where it really is if a link leads there: Deno checks both. */
static void place_add(char **list, const char *path, const char *real) {
	list_add(list, path);
	if(real != NULL && strcmp(real, path) != 0 && text_is_plain(real))
		list_add(list, real);
}

static void module_readable(char **list, const char *module, const char *configuration) {
	char *folder = strdup(module), *slash = folder != NULL ? strrchr(folder, '/') : NULL;
	if(slash == NULL) {
		free(folder);
		return;
	}
	slash[slash == folder ? 1 : 0] = '\0';
	char *real = realpath(folder, NULL), *file = realpath(module, NULL);
	if(is_below(configuration, real != NULL ? real : folder)) {
		place_add(list, module, file);
	} else {
		place_add(list, folder, real);
		if(file != NULL && real != NULL && !is_below(file, real) && text_is_plain(file))
			list_add(list, file); /* a link out of the folder: that one file */
	}
	free(file);
	free(real);
	free(folder);
}

static char *modules_readable(const struct jz_grants *grants) {
	char *list = NULL, *configuration = grants->folder != NULL ? realpath(grants->folder, NULL) : NULL;
	char *modules = strdup(grants->modules != NULL ? grants->modules : ""), *rest = modules, *module;
	while(modules != NULL && (module = strsep(&rest, ",")) != NULL)
		if(*module != '\0')
			module_readable(&list, module, configuration != NULL ? configuration : grants->folder);
	free(modules);
	free(configuration);
	return list;
}

char *jz_grants_readable(const struct jz_grants *grants) {
	char *list = modules_readable(grants);
	if(list != NULL && grants->read != NULL)
		list_add(&list, grants->read);
	return list;
}

/* Whether a path is in or below one of these (with commas), links followed. */
static bool is_within(const char *path, const char *places) {
	char *real = realpath(path, NULL), *copy = strdup(places), *rest = copy, *place;
	bool within = false;
	while(real != NULL && copy != NULL && !within && (place = strsep(&rest, ",")) != NULL) {
		char *there = realpath(place, NULL);
		within = there != NULL && is_below(real, there);
		free(there);
	}
	free(real);
	free(copy);
	return within;
}

char *jz_grants_exposed(const struct jz_grants *grants, const char *files) {
	char *places = modules_readable(grants), *copy = files != NULL ? strdup(files) : NULL, *rest = copy, *file, *exposed = NULL;
	while(places != NULL && copy != NULL && exposed == NULL && (file = strsep(&rest, ",")) != NULL)
		if(is_within(file, places))
			exposed = strdup(file);
	free(places);
	free(copy);
	return exposed;
}

/* Variables that change what Deno or the loader does are never passed on. */
static bool is_ours(const char *name) {
	static const char *const prefixes[] = { "DENO_", "LD_", "NODE_", "V8_", "RUST_" };
	for(size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if(!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return !strcmp(name, "PATH") || !strcmp(name, "NO_COLOR");
}

char **jz_grants_environment(const struct jz_grants *grants) {
	char *names = strdup(grants->env != NULL ? grants->env : ""), *rest = names, *name;
	char **environment = calloc(2 * ITEMS_MAX + 1, sizeof *environment);
	size_t count = 0;
	if(names == NULL || environment == NULL) {
		free(environment);
		free(names);
		return NULL;
	}
	while(count < 2 * ITEMS_MAX && (name = strsep(&rest, ",")) != NULL) {
		const char *value = *name != '\0' && !is_ours(name) ? getenv(name) : NULL;
		if(value != NULL && asprintf(&environment[count], "%s=%s", name, value) >= 0)
			count++;
		else
			environment[count] = NULL;
	}
	free(names);
	return environment;
}

void jz_environment_free(char **environment) {
	for(char **at = environment; at != NULL && *at != NULL; at++)
		free(*at);
	free(environment);
}
