#define _GNU_SOURCE
#include "deno.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define INSTALL_HINT "Install Deno where Janus finds it, or set runtime.deno to its full path"

static bool is_file(const char *path) {
	struct stat info;
	return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* Folders count that PATH names in full: what lies where Janus happens to run may be anybody's. */
static char *path_search(const char *name) {
	const char *path = getenv("PATH");
	if(path == NULL || *path == '\0')
		path = DEFAULT_PATH;
	for(const char *end; *path != '\0'; path = *end != '\0' ? end + 1 : end) {
		char *candidate;
		end = strchrnul(path, ':');
		if(*path != '/')
			continue;
		if(asprintf(&candidate, "%.*s/%s", (int)(end - path), path, name) < 0)
			return NULL;
		if(is_file(candidate) && access(candidate, X_OK) == 0)
			return candidate;
		free(candidate);
	}
	return NULL;
}

char *jz_deno_beside(const char *plugin) {
	/* Janus's folder is LIB/janus/KIND; Debian's LIB is a folder in the one that the package has. */
	static const char *const places[] = { "", "/.." };
	char real[PATH_MAX];
	if(realpath(plugin, real) == NULL)
		return NULL;
	for(int up = 0; up < 3; up++) {
		char *slash = strrchr(real, '/');
		if(slash == NULL || (up == 2 && strcmp(slash, "/janus") != 0))
			return NULL;
		*slash = '\0';
	}
	for(size_t i = 0; i < sizeof places / sizeof *places; i++) {
		char *candidate, *found;
		if(asprintf(&candidate, "%s%s/janus-zeromq/deno", real, places[i]) < 0)
			return NULL;
		found = realpath(candidate, NULL);
		free(candidate);
		if(found != NULL && is_file(found))
			return found;
		free(found);
	}
	return NULL;
}

/* The one that came with this plugin, else the one on PATH. */
static char *deno_default(void) {
	Dl_info info;
	char *beside = dladdr((void *)(uintptr_t)deno_default, &info) ? jz_deno_beside(info.dli_fname) : NULL;
	return beside != NULL ? beside : path_search("deno");
}

/* A script would start Deno as a grandchild, out of our sight and without our descriptors. */
static bool is_script(const char *path) {
	char magic[2] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool script = fd >= 0 && read(fd, magic, 2) == 2 && !memcmp(magic, "#!", 2);
	if(fd >= 0)
		close(fd);
	return script;
}

/* The executable for a name or path, or for "" the usual one: an owned path, or NULL and an owned `*reason`. */
static char *deno_find(const char *deno, char **reason) {
	char *path = *deno == '\0' ? deno_default() : strchr(deno, '/') != NULL ? strdup(deno) : path_search(deno);
	int written;
	if(path == NULL)
		written = asprintf(reason, "cannot find %s on PATH (%s). %s", *deno == '\0' ? "deno" : deno, getenv("PATH") != NULL ? getenv("PATH") : DEFAULT_PATH, INSTALL_HINT);
	else if(access(path, X_OK) < 0)
		written = asprintf(reason, "cannot run %s: %s. %s", path, strerror(errno), INSTALL_HINT);
	else if(!is_file(path))
		written = asprintf(reason, "cannot run %s: it is no file. %s", path, INSTALL_HINT);
	else if(is_script(path))
		written = asprintf(reason, "%s is a script, not Deno itself. Set runtime.deno to the executable that it starts", path);
	else
		return path;
	if(written < 0)
		*reason = NULL;
	free(path);
	return NULL;
}

/* Takes a text that was made, NULL if there was no memory for it: Deno says what it misses. */
static void word_own(struct jz_deno *deno, char *text) {
	if(text == NULL)
		return;
	deno->owned[deno->made++] = text;
	deno->argv[deno->words++] = text;
}

void jz_deno_option(struct jz_deno *deno, const char *option) {
	deno->argv[deno->words++] = (char *)(uintptr_t)option;
}

void jz_deno_option_value(struct jz_deno *deno, const char *option, const char *value) {
	char *text = NULL;
	if(value != NULL && asprintf(&text, "%s=%s", option, value) >= 0)
		word_own(deno, text);
}

void jz_deno_program(struct jz_deno *deno, int fd) {
	char *text = NULL;
	if(asprintf(&text, "/proc/self/fd/%d", fd) >= 0)
		word_own(deno, text);
}

int jz_deno_begin(struct jz_deno *deno, const struct jz_settings *settings, int heap, const char *flags, char **reason) {
	static const char *const fixed[] = { "run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--no-npm", "--no-remote",
		"--cached-only", "--no-code-cache", "--ext", "js" };
	char *text = NULL;
	*deno = (struct jz_deno){ 0 };
	*reason = NULL;
	char *path = deno_find(settings->deno, reason);
	if(path == NULL)
		return -ENOENT;
	word_own(deno, path);
	for(size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		jz_deno_option(deno, fixed[i]);
	if(asprintf(&text, "--v8-flags=--max-old-space-size=%d%s%s", heap, flags, settings->jitless ? ",--jitless" : "") >= 0)
		word_own(deno, text);
	return 0;
}

void jz_deno_environment(struct jz_deno *deno, const char *heaps, char *const *more, bool library) {
	const char *const fixed[] = { "PATH=" DEFAULT_PATH, "NO_COLOR=1", "DENO_NO_UPDATE_CHECK=1", "DENO_DIR=/dev/null/none", heaps };
	const char *path = library ? getenv("LD_LIBRARY_PATH") : NULL;
	char *text = NULL;
	size_t count = 0, extra = 0;
	while(more != NULL && more[extra] != NULL)
		extra++;
	deno->envp = calloc(sizeof fixed / sizeof *fixed + extra + 2, sizeof *deno->envp);
	if(deno->envp == NULL)
		return;
	for(size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		deno->envp[count++] = (char *)(uintptr_t)fixed[i];
	for(size_t i = 0; i < extra; i++)
		deno->envp[count++] = more[i];
	if(path != NULL && asprintf(&text, "LD_LIBRARY_PATH=%s", path) >= 0)
		deno->envp[count++] = deno->owned[deno->made++] = text;
}

void jz_deno_free(struct jz_deno *deno) {
	for(size_t i = 0; i < deno->made; i++)
		free(deno->owned[i]);
	free(deno->envp);
	*deno = (struct jz_deno){ 0 };
}
