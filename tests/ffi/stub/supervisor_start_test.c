/* The supervisor: what can go wrong at the start. */
#define _GNU_SOURCE
#include <sys/resource.h>

#include "supervisor_fixture.h"

static void check_not_started(const char *orders, const char *reason) {
	CHECK(start(orders) == -1);
	check_clean();
	if(!CHECK(log_count(reason) == 1))
		log_show();
	CHECK(log_count("Not started") == 1);
	CHECK(post(FAKE_ECHO, 1) == -ESHUTDOWN && state_is("stopped"));
}

static void test_start_fails(void) {
	check_not_started("fail the port is taken", "Not started: the port is taken");
	check_not_started("disabled as configured", "Not started: as configured");
	CHECK(log_count("WARN") == 1 && log_count("ERR") == 0);
	check_not_started("exit", "exited with code 5 before it was ready");
	check_not_started("crash", "was ended by signal 6");
}

static void test_start_slow(void) {
	uint64_t begin = now_ms();
	check_not_started("silent", "not ready within 1 s (runtime.startup_timeout)");
	CHECK(now_ms() - begin >= 1000 && now_ms() - begin < 1900);
	/* One that says why and then does not end is ended. */
	begin = now_ms();
	check_not_started("fail linger", "Not started: linger");
	CHECK(now_ms() - begin < 1900);
}

static void test_no_deno(void) {
	CHECK(start_with("/nowhere/deno", "ready") == -1);
	CHECK(log_count("cannot run /nowhere/deno") == 1);
	check_clean();
	CHECK(start_with("deno-that-is-nowhere", "ready") == -1);
	CHECK(log_count("cannot find deno-that-is-nowhere on PATH") == 1);
	check_clean();
	char script[256];
	snprintf(script, sizeof script, "%s/script", folder);
	file_write("script", "#!/bin/sh\nexec deno\n");
	CHECK(chmod(script, 0700) == 0);
	CHECK(start_with(script, "ready") == -1);
	CHECK(log_count("is a script, not Deno itself") == 1);
	check_clean();
	file_write("script", "no program at all");
	CHECK(start_with(script, "ready") == -1);
	CHECK(log_count("exited with code 127 before it was ready") == 1);
	check_clean();
	file_remove("script");
}

static void descriptors_limit(rlim_t count) {
	struct rlimit limit;
	CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	limit.rlim_cur = count;
	CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/* Before any other start: what no start has touched is looked at. */
static void test_descriptors(void) {
	for(int more = 0; more < 24; more++) {
		log_clear();
		file_write(PACKAGE ".jsonc", "{ \"runtime\": { \"deno\": \"" FAKE "\", \"startup_timeout\": 1, \"ring_size\": 1 } }");
		file_write(ORDERS, "ready");
		readies = 0;
		descriptors_before = descriptors();
		int next = dup(0);
		close(next);
		descriptors_limit((rlim_t)(next + more));
		/* The settings' own file needs one: from then on each must be the one that is too many. */
		int result = jz_supervisor_start(&plugin, folder);
		descriptors_limit(1024);
		if(result == 0)
			stop();
		else if(more > 0 && !CHECK(log_count("too few descriptors are allowed") > 0))
			log_show();
		CHECK(fcntl(0, F_GETFD) == 0);
		check_clean();
	}
	CHECK(readies == 1); /* that was enough */
}

int main(void) {
	if(mkdtemp(folder) == NULL)
		return 1;
	tap_run("supervisor: with too few descriptors it says so, and closes none of Janus's", test_descriptors);
	tap_run("supervisor: a child that cannot start says why", test_start_fails);
	tap_run("supervisor: a child that is not ready in time is ended", test_start_slow);
	tap_run("supervisor: without Deno it says what to do", test_no_deno);
	file_remove(ORDERS);
	file_remove(PACKAGE ".jsonc");
	rmdir(folder);
	return tap_end();
}
