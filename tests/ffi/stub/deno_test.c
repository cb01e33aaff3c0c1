/* Where the Deno is that was installed with a plugin. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deno.h"
#include "tap.h"

static char folder[] = "/tmp/deno_test.XXXXXX";

/* Runs a command in the folder. */
__attribute__((format(printf, 1, 2))) static void run(const char *format, ...) {
	char command[1024];
	va_list arguments;
	va_start(arguments, format);
	int length = snprintf(command, sizeof command, "cd %s && ", folder);
	vsnprintf(command + length, sizeof command - (size_t)length, format, arguments);
	va_end(arguments);
	CHECK(system(command) == 0);
}

/* True if the Deno of a plugin is `expected`, both below the folder; NULL for none. */
static bool beside(const char *plugin, const char *expected) {
	char path[1024], wanted[1024];
	snprintf(path, sizeof path, "%s/%s", folder, plugin);
	char *found = jz_deno_beside(path);
	if(expected != NULL)
		snprintf(wanted, sizeof wanted, "%s/%s", folder, expected);
	bool same = expected == NULL ? found == NULL : found != NULL && !strcmp(found, wanted);
	if(!same)
		printf("# %s: %s\n", plugin, found != NULL ? found : "none");
	free(found);
	return same;
}

static void test_places(void) {
	run("mkdir -p usr/lib/triplet/janus/transports usr/lib/janus-zeromq opt/lib/janus/events opt/lib/janus-zeromq");
	run("touch usr/lib/triplet/janus/transports/p.so opt/lib/janus/events/p.so");
	CHECK(beside("usr/lib/triplet/janus/transports/p.so", NULL));
	run("touch usr/lib/janus-zeromq/deno opt/lib/janus-zeromq/deno");
	CHECK(beside("usr/lib/triplet/janus/transports/p.so", "usr/lib/janus-zeromq/deno"));
	CHECK(beside("opt/lib/janus/events/p.so", "opt/lib/janus-zeromq/deno"));
	CHECK(beside("opt/lib/janus/events/none.so", NULL));
}

/* The nearest one counts, links are followed, and a folder of another name is none of Janus's. */
static void test_nearest(void) {
	run("mkdir usr/lib/triplet/janus-zeromq && touch usr/lib/triplet/janus-zeromq/deno");
	CHECK(beside("usr/lib/triplet/janus/transports/p.so", "usr/lib/triplet/janus-zeromq/deno"));
	run("mkdir -p other/janus/events && ln -s ../../../opt/lib/janus/events/p.so other/janus/events/");
	CHECK(beside("other/janus/events/p.so", "opt/lib/janus-zeromq/deno"));
	run("mkdir -p opt/lib/build/events && touch opt/lib/build/events/p.so");
	CHECK(beside("opt/lib/build/events/p.so", NULL));
	CHECK(jz_deno_beside("p.so") == NULL && jz_deno_beside("/p.so") == NULL);
}

/* What starts for `PATH`, below the folder, or why nothing does. */
static bool starts(const char *path, const char *expected) {
	struct jz_deno deno;
	struct jz_settings settings = { .deno = (char *)(uintptr_t)"deno" };
	char *reason = NULL, wanted[1024];
	setenv("PATH", path, 1);
	int result = jz_deno_begin(&deno, &settings, 64, "", &reason);
	snprintf(wanted, sizeof wanted, "%s/%s", folder, expected != NULL ? expected : "");
	bool same = expected == NULL ? result < 0 && reason != NULL : result == 0 && !strcmp(deno.argv[0], wanted);
	if(!same)
		printf("# %s: %s\n", path, result == 0 ? deno.argv[0] : reason);
	jz_deno_free(&deno);
	free(reason);
	return same;
}

/* A folder called deno is none, nor is one in the folder that Janus happens to run in. */
static void test_path(void) {
	char path[1024], *before = strdup(getenv("PATH"));
	run("mkdir -p one/deno two && printf x > two/deno && chmod +x two/deno");
	snprintf(path, sizeof path, "%s/one:%s/two", folder, folder);
	CHECK(starts(path, "two/deno"));
	snprintf(path, sizeof path, "%s/one", folder);
	CHECK(starts(path, NULL));
	snprintf(path, sizeof path, "%s/two", folder);
	CHECK(chdir(path) == 0);
	CHECK(starts(".", NULL));
	CHECK(starts(":", NULL));
	CHECK(chdir("/") == 0);
	setenv("PATH", before, 1);
	free(before);
}

int main(void) {
	if(mkdtemp(folder) == NULL)
		return 2;
	tap_run("the Deno that was installed with a plugin", test_places);
	tap_run("the nearest one counts, by the plugin's real place", test_nearest);
	tap_run("PATH names folders in full, and Deno is a file", test_path);
	run("rm -r %s", folder);
	return tap_end();
}
