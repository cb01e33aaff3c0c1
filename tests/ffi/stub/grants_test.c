/* What a configuration allows operators' modules. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grants.h"
#include "tap.h"

static struct jz_grants grants;

static void grants_from(const char *text) {
	json_t *tree = json_loads(text, 0, NULL);
	CHECK(tree != NULL);
	jz_grants_read(&grants, tree, "/etc/janus");
	json_decref(tree);
}

static bool is(const char *list, const char *expected) {
	bool same = expected == NULL ? list == NULL : list != NULL && !strcmp(list, expected);
	if(!same)
		printf("# %s, not %s\n", list != NULL ? list : "nothing", expected != NULL ? expected : "nothing");
	return same;
}

static void check(const char *text, const char *read, const char *net, const char *env) {
	grants_from(text);
	char *readable = jz_grants_readable(&grants);
	if(!CHECK(is(readable, read) && is(grants.net, net) && is(grants.env, env)))
		printf("# %s\n", text);
	free(readable);
	jz_grants_free(&grants);
}

static void test_lists(void) {
	check("{}", NULL, NULL, NULL);
	check("{ \"filters\": { \"modules\": [ \"/none/a.ts\", \"b.ts\", \"sub/c.ts\" ] } }", "/none,/etc/janus/b.ts,/etc/janus/sub", NULL, NULL);
	check("{ \"filters\": { \"modules\": \"/none/a.ts , /none/x/b.ts\", \"permissions\": { \"net\": \" api.example.org:443, [::1]:80,192.0.2.7 \","
		"\"read\": [ \"/srv/data\", \"/tmp\" ], \"env\": \"A_1, B\" } } }",
		"/none,/none/x,/srv/data,/tmp", "api.example.org:443,[::1]:80,192.0.2.7", "A_1,B");
	check("{ \"hooks\": { \"modules\": \"/none/a.ts\", \"permissions\": { \"net\": [ \"localhost\" ] } } }", "/none", "localhost", NULL);
}

static void test_no_modules(void) {
	check("{ \"filters\": { \"modules\": [], \"permissions\": { \"net\": \"a\", \"read\": \"/\", \"env\": \"A\" } } }", NULL, NULL, NULL);
	check("{ \"filters\": { \"modules\": \"\", \"permissions\": { \"net\": \"a\" } } }", NULL, NULL, NULL);
	check("{ \"filters\": 5, \"hooks\": [ 1 ] }", NULL, NULL, NULL);
	check("{ \"filters\": { \"modules\": { \"a\": 1 }, \"permissions\": 7 } }", NULL, NULL, NULL);
	jz_grants_read(&grants, NULL, "/etc/janus");
	CHECK(grants.modules == NULL && grants.net == NULL && grants.env == NULL);
}

static void test_distrust(void) {
	static const char *const net[] = { "", "--allow-all", "a b", "a:0", "a:65536", "a:", "a:1x", "[::1", "[]:80", "a/b", "http://a", "a:99999999999", "*" };
	char text[512];
	/* Whatever it is, what looks like a host is all that gets through. */
	for(size_t i = 0; i < sizeof net / sizeof *net; i++) {
		snprintf(text, sizeof text, "{ \"filters\": { \"modules\": \"/none/a.ts\", \"permissions\": { \"net\": [ \"%s\" ] } } }", net[i]);
		check(text, "/none", strcmp(net[i], "--allow-all") ? NULL : "--allow-all", NULL);
	}
	check("{ \"filters\": { \"modules\": [ \"/none/a.ts\", \"/no,ne/b.ts\", \"\\n/c.ts\", 7, \"\" ], \"permissions\": {"
		"\"read\": [ \"relative\", \"/a,/b\", \"/a\\nb\", \"\", \"/ok\" ], \"env\": [ \"1A\", \"A=B\", \"A-B\", \"\", \"OK\", \"\\u00c4\" ] } } }",
		"/none,/ok", NULL, "OK");
}

static void test_links(void) {
	char folder[] = "/tmp/grants-XXXXXX", target[64], link[64], text[256], expected[256];
	CHECK(mkdtemp(folder) != NULL);
	char *real = realpath(folder, NULL);
	snprintf(target, sizeof target, "%s", real);
	snprintf(link, sizeof link, "%s-link", real);
	CHECK(symlink(target, link) == 0);
	snprintf(text, sizeof text, "{ \"filters\": { \"modules\": [ \"%s/a.ts\" ] } }", link);
	snprintf(expected, sizeof expected, "%s,%s", link, target);
	check(text, expected, NULL, NULL);
	unlink(link);
	rmdir(folder);
	free(real);
}

static void file_make(const char *folder, const char *name) {
	char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	CHECK(file != NULL && fclose(file) == 0);
}

/* Keys lie in the configuration's folder: no module may read it for lying there, by whatever name. */
static void test_configuration(void) {
	char base[] = "/tmp/grants-XXXXXX", folder[96], link[96], modules[96], text[512], expected[512];
	CHECK(mkdtemp(base) != NULL);
	snprintf(folder, sizeof folder, "%s/conf", base);
	snprintf(modules, sizeof modules, "%s/conf/filters", base);
	snprintf(link, sizeof link, "%s/link", base);
	CHECK(mkdir(folder, 0700) == 0 && mkdir(modules, 0700) == 0 && symlink(folder, link) == 0);
	file_make(folder, "a.ts");
	file_make(modules, "b.ts");
	file_make(base, "c.ts");
	snprintf(text, sizeof text, "{ \"hooks\": { \"modules\": [ \"a.ts\", \"%s/a.ts\", \"filters/b.ts\", \"%s/c.ts\" ] } }", link, base);
	snprintf(expected, sizeof expected, "%s/a.ts,%s/a.ts,%s/a.ts,%s,%s/c.ts", folder, link, folder, modules, base);
	json_t *tree = json_loads(text, 0, NULL);
	jz_grants_read(&grants, tree, folder);
	json_decref(tree);
	char *readable = jz_grants_readable(&grants);
	CHECK(is(readable, expected) && is(grants.title, "Hooks"));
	free(readable);
	jz_grants_free(&grants);
	/* Keys that lie in a module's folder, as they are named or by a link; beside the configuration they are safe. */
	file_make(folder, "s.key");
	file_make(modules, "t.key");
	snprintf(expected, sizeof expected, "%s/s.key,%s/none.key", folder, modules);
	tree = json_loads("{ \"filters\": { \"modules\": [ \"a.ts\", \"filters/b.ts\" ] } }", 0, NULL);
	jz_grants_read(&grants, tree, folder);
	json_decref(tree);
	char *exposed = jz_grants_exposed(&grants, expected);
	CHECK(exposed == NULL && jz_grants_exposed(&grants, NULL) == NULL);
	snprintf(text, sizeof text, "%s/link.key", folder);
	snprintf(expected, sizeof expected, "%s/t.key", modules);
	CHECK(symlink(expected, text) == 0);
	snprintf(expected, sizeof expected, "%s/s.key,%s/link.key", folder, folder);
	exposed = jz_grants_exposed(&grants, expected);
	CHECK(is(exposed, text));
	free(exposed);
	jz_grants_free(&grants);
	/* A file that is a link out of its folder: that file. */
	snprintf(text, sizeof text, "%s/d.ts", modules);
	snprintf(expected, sizeof expected, "%s/c.ts", base);
	CHECK(symlink(expected, text) == 0);
	snprintf(text, sizeof text, "{ \"filters\": { \"modules\": \"filters/d.ts\" } }");
	snprintf(expected, sizeof expected, "%s,%s/c.ts", modules, base);
	tree = json_loads(text, 0, NULL);
	jz_grants_read(&grants, tree, folder);
	json_decref(tree);
	readable = jz_grants_readable(&grants);
	CHECK(is(readable, expected));
	snprintf(expected, sizeof expected, "Filter %s/d.ts", modules);
	CHECK(is(grants.title, expected));
	free(readable);
	jz_grants_free(&grants);
	snprintf(text, sizeof text, "rm -r %s", base);
	CHECK(system(text) == 0);
}

static void test_environment(void) {
	setenv("GRANTS_TEST", "a=b,c", 1);
	setenv("DENO_DIR", "/tmp", 1);
	grants_from("{ \"filters\": { \"modules\": \"/none/a.ts\", \"permissions\": { \"env\": \"PATH,GRANTS_TEST,GRANTS_NONE,DENO_DIR,LD_PRELOAD\" } } }");
	char **environment = jz_grants_environment(&grants);
	CHECK(environment != NULL && environment[0] != NULL && !strcmp(environment[0], "GRANTS_TEST=a=b,c") && environment[1] == NULL);
	jz_environment_free(environment);
	jz_grants_free(&grants);
	environment = jz_grants_environment(&grants);
	CHECK(environment != NULL && environment[0] == NULL);
	jz_environment_free(environment);
}

int main(void) {
	tap_run("grants: lists, and texts with commas, of filters and hooks", test_lists);
	tap_run("grants: without a module nothing is allowed", test_no_modules);
	tap_run("grants: what makes no sense is left out", test_distrust);
	tap_run("grants: a folder that a link leads to is named as well", test_links);
	tap_run("grants: of the configuration's folder, the modules' own files and no more", test_configuration);
	tap_run("grants: variables are passed on, but none that Deno or the loader obeys", test_environment);
	return tap_end();
}
