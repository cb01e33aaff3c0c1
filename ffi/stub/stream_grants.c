#define _GNU_SOURCE
#include "stream_grants.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <config.h>

#include "grants.h"
#include "readable.h"
#include "settings.gen.h"

/* As in log.c: this file is also opened where there is no Janus. */
#pragma weak janus_config_parse
#pragma weak janus_config_get
#pragma weak janus_config_get_create
#pragma weak janus_config_destroy

#define PORT "4222" /* NATS's own */
#define NAME_DEFAULT "MyJanusInstance" /* Janus's own, which tells nobody anything */
#define COMMAND_BYTES_MAX 65536

static void server_add(char **list, const char *server) {
	char *longer = NULL, *whole = NULL;
	if(!strncmp(server, "nats://", 7) || !strncmp(server, "tls://", 6))
		server = strstr(server, "//") + 2;
	const char *host_end = *server == '[' ? strchr(server, ']') : server;
	bool has_port = host_end != NULL && strchr(host_end, ':') != NULL;
	if(asprintf(&whole, "%s%s", server, has_port ? "" : ":" PORT) < 0)
		return;
	if(jz_grants_is_net(whole) && asprintf(&longer, "%s%s%s", *list != NULL ? *list : "", *list != NULL ? "," : "", whole) >= 0) {
		free(*list);
		*list = longer;
	}
	free(whole);
}

static void servers_add(char **list, json_t *servers) {
	size_t i;
	json_t *server;
	if(servers == NULL)
		server_add(list, "127.0.0.1");
	json_array_foreach(servers, i, server)
		if(json_is_string(server))
			server_add(list, json_string_value(server));
	/* One text with commas, as operators may write a list. */
	char *copy = json_is_string(servers) ? strdup(json_string_value(servers)) : NULL, *rest = copy, *item;
	while(copy != NULL && (item = strsep(&rest, ",")) != NULL) {
		item += strspn(item, " \t");
		item[strcspn(item, " \t")] = '\0';
		server_add(list, item);
	}
	free(copy);
}

/* The name on Janus's command line, which counts more than the one in its file; owned, or NULL. */
static char *name_of_command(void) {
	char *text = malloc(COMMAND_BYTES_MAX + 1), *name = NULL;
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 && text != NULL ? read(fd, text, COMMAND_BYTES_MAX) : -1;
	if(fd >= 0)
		close(fd);
	for(ssize_t at = 0; at < length; at += (ssize_t)strlen(text + at) + 1) {
		text[length] = '\0';
		const char *word = text + at, *next = at + (ssize_t)strlen(word) + 1 < length ? word + strlen(word) + 1 : NULL;
		const char *value = NULL;
		if(!strcmp(word, "-n") || !strcmp(word, "--server-name"))
			value = next;
		else if(!strncmp(word, "--server-name=", 14))
			value = word + 14;
		else if(!strncmp(word, "-n", 2))
			value = word + 2;
		if(value != NULL) {
			free(name);
			name = strdup(value);
		}
	}
	free(text);
	return name;
}

static char *name_of_file(const char *folder) {
	char *path = NULL, *name = NULL;
	struct stat info;
	if(asprintf(&path, "%s/janus.jcfg", folder) < 0)
		return NULL;
	/* Janus has read it already; it would wait for a FIFO. */
	janus_config *config = janus_config_parse != NULL && stat(path, &info) == 0 && S_ISREG(info.st_mode) ? janus_config_parse(path) : NULL;
	if(config != NULL) {
		janus_config_category *general = janus_config_get_create(config, NULL, janus_config_type_category, "general");
		janus_config_item *item = janus_config_get(config, general, janus_config_type_item, "server_name");
		name = item != NULL && item->value != NULL ? strdup(item->value) : NULL;
		janus_config_destroy(config);
	}
	free(path);
	return name;
}

static char *server_name(const char *folder) {
	char *name = name_of_command();
	if(name == NULL)
		name = name_of_file(folder);
	if(name == NULL || (*name != '\0' && strcmp(name, NAME_DEFAULT) != 0))
		return name;
	free(name);
	return NULL;
}

static bool is_enabled(json_t *stream) {
	json_t *value = json_object_get(stream, "enabled");
	const char *text = json_string_value(value);
	if(text != NULL)
		return !strcasecmp(text, "true") || !strcasecmp(text, "yes") || !strcasecmp(text, "on") || !strcmp(text, "1");
	return json_is_true(value) || (json_is_number(value) && json_number_value(value) == 1);
}

void jz_stream_grants_read(struct jz_stream_grants *grants, json_t *tree, const char *folder) {
	static const char *const keys[][2] = JZ_STREAM_FILE_KEYS;
	json_t *stream = json_object_get(tree, "stream");
	*grants = (struct jz_stream_grants){ 0 };
	if(!is_enabled(stream))
		return;
	servers_add(&grants->net, json_object_get(stream, "servers"));
	grants->readable = jz_readable_list(tree, folder, keys, sizeof keys / sizeof *keys);
	grants->server_name = server_name(folder);
}

void jz_stream_grants_free(struct jz_stream_grants *grants) {
	free(grants->net);
	free(grants->readable);
	free(grants->server_name);
	*grants = (struct jz_stream_grants){ 0 };
}
