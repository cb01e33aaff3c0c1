#define _GNU_SOURCE
#include "readable.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_below(const char *path, const char *folder) {
	size_t length = folder != NULL ? strlen(folder) : 0;
	return length > 0 && !strncmp(path, folder, length) && (folder[length - 1] == '/' || path[length] == '/');
}

/* Whether a path has a part that leads upward: as text it says nothing about where it ends. */
static bool leads_up(const char *path) {
	for(const char *at = strstr(path, ".."); at != NULL; at = strstr(at + 1, ".."))
		if((at == path || at[-1] == '/') && (at[2] == '/' || at[2] == '\0'))
			return true;
	return false;
}

/* The list (taken) with one more path. */
static char *list_add(char *list, const char *folder, const char *value) {
	char *longer = NULL;
	bool whole = *value == '/';
	if(strchr(value, ',') != NULL || (!whole && strchr(folder, ',') != NULL) ||
			asprintf(&longer, "%s%s%s%s%s", list != NULL ? list : "", list != NULL ? "," : "", whole ? "" : folder, whole ? "" : "/", value) < 0)
		return list;
	free(list);
	return longer;
}

/* Deno checks paths as they are written, so the list must have them exactly as the child makes them. */
char *jz_readable_list(json_t *tree, const char *folder, const char *const keys[][2], size_t count) {
	char *list = NULL, *real = realpath(folder, NULL);
	for(size_t i = 0; i < count; i++) {
		const char *value = json_string_value(json_object_get(json_object_get(tree, keys[i][0]), keys[i][1]));
		if(value == NULL || *value == '\0' || leads_up(value) || (*value == '/' && !is_below(value, folder) && !is_below(value, real)))
			continue;
		list = list_add(list, folder, value);
		/* A key's public half beside it: the child looks whether the two have been mixed up. */
		size_t length = strlen(value);
		char *half = length > 4 && !strcmp(value + length - 4, ".key") ? strdup(value) : NULL;
		if(half != NULL) {
			memcpy(half + length - 3, "pub", 3);
			list = list_add(list, folder, half);
		}
		free(half);
	}
	free(real);
	return list;
}
