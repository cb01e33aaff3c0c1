/* The supervisor: serving, stopping, and all that can go wrong once the child is ready. */
#define _GNU_SOURCE
#include <signal.h>

#include "supervisor_fixture.h"

/* ---- starting and stopping ---- */

static void test_start(void) {
	CHECK(start("ready") == 0);
	CHECK(readies == 1 && state_is("running") && log_count("The plugin's process is ready in") == 1);
	CHECK(info_integer("pid") > 1 && info_integer("restarts") >= 0);
	CHECK(post(FAKE_ECHO, 1) == 0 && post(FAKE_ECHO, 2) == 0);
	AWAIT(echoes == 2);
	CHECK(disordered == 0);
	/* What is posted before the stop is handled. */
	for(uint64_t i = 3; i <= 1000; i++)
		CHECK(post(FAKE_ECHO, i) == 0);
	CHECK(stop() < 1450);
	CHECK(echoes == 1000 && disordered == 0);
	CHECK(state_is("stopped") && info_integer("pid") == 0);
	CHECK(post(FAKE_ECHO, 1001) == -ESHUTDOWN);
	jz_supervisor_stop();
	CHECK(log_count("exited") == 0 && log_count("signal") == 0);
}

static void test_query(void) {
	CHECK(start("ready") == 0);
	json_t *answer = query("info");
	CHECK(json_integer_value(json_object_get(answer, "result")) == 200);
	CHECK(!strcmp(json_string_value(json_object_get(answer, "version")), "1.2.3"));
	CHECK(!strcmp(json_string_value(json_object_get(answer, "endpoint")), "here"));
	CHECK(json_integer_value(json_object_get(json_object_get(answer, "counters"), "second")) == 42);
	CHECK(json_integer_value(json_object_get(json_object_get(answer, "ring"), "size")) == 1 << 20);
	json_decref(answer);
	answer = query("nothing");
	CHECK(json_integer_value(json_object_get(answer, "error_code")) == 412);
	CHECK(!strcmp(json_string_value(json_object_get(answer, "error")), "Unknown request \"nothing\": one of: info, configure, weather"));
	json_decref(answer);
	/* What the status page has an answer to. */
	answer = query("weather");
	CHECK(json_integer_value(json_object_get(answer, "result")) == 200 && json_integer_value(json_object_get(answer, "sun")) == 42);
	json_decref(answer);
	json_t *empty = json_object();
	answer = jz_query_answer(&plugin, empty);
	CHECK(json_integer_value(json_object_get(answer, "error_code")) == 411);
	json_decref(answer);
	json_decref(empty);
	stop();
}

static void test_deaf(void) {
	CHECK(start("deaf") == 0);
	uint64_t took = stop();
	CHECK(took >= 900 && took < 1900);
}

static void test_child(void) {
	/* ILL, TRAP, ABRT, BUS, FPE, SEGV, SYS */
	static const char *const faults[] = { "takes 4.", "takes 5.", "takes 6.", "takes 7.", "takes 8.", "takes 11.", "takes 31." };
	int stranger = dup(2); /* would be inherited */
	setenv("DENO_DIR", "/somewhere", 1);
	signal(SIGUSR1, SIG_IGN);
	CHECK(start("ready") == 0);
	CHECK(post(FAKE_REPORT, 1) == 0);
	AWAIT(log_count("reported") == 1);
	CHECK(log_count("descriptor ") == 11 && log_count("descriptor 9 is /memfd:") == 1);
	CHECK(log_count("descriptor 7 is /memfd:janus-zeromq.js") == 1);
	CHECK(log_count("variable ") == 5 && log_count("variable DENO_DIR=/somewhere") == 0);
	/* Signals are Janus's business: only its own faults end it. */
	CHECK(log_count("ignores ") == 0 && log_count("takes ") == 7);
	for(size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		CHECK(log_count(faults[i]) == 1);
	CHECK(log_count("leads its session: yes") == 1);
	/* Of what it holds in memory, nothing is to lie in a file. */
	CHECK(log_count("core 0 bytes, filter 0") == 1);
	stop();
	close(stranger);
	signal(SIGUSR1, SIG_DFL);
	unsetenv("DENO_DIR");
}

static void test_output(void) {
	CHECK(start("ready") == 0);
	CHECK(post(FAKE_PRINT, 3) == 0);
	AWAIT(log_count("] line ") == 3);
	CHECK(post(FAKE_PRINT, 5000) == 0 && post(FAKE_ECHO, 1) == 0);
	AWAIT(echoes == 1);
	stop();
	/* The flood is cut, which is said; what has no newline comes at the end. */
	CHECK(log_count("] line ") < 1000 && log_count("lines of the plugin's output were left out") > 0);
	CHECK(log_count("and no newline") > 0);
	/* Each line is either there or counted. */
	uint64_t left_out = log_sum(" lines of the plugin's output");
	CHECK(log_count("] line ") + left_out == 3 + 5000);

	/* A long one counts once, in however many pieces it would have been logged. */
	CHECK(start("ready") == 0);
	CHECK(post(FAKE_PRINT_LONG, 400) == 0 && post(FAKE_ECHO, 1) == 0);
	AWAIT(echoes == 1);
	AWAIT(log_sum(" lines of the plugin's output") > 0); /* said when the second is over, with nothing behind it */
	stop();
	left_out = log_sum(" lines of the plugin's output");
	unsigned pieces = log_count("] llll");
	CHECK(left_out >= 400 - pieces / 3 && left_out <= 400 - pieces / 3 + 4);
}

/* ---- what goes wrong later ---- */

static void test_crash(void) {
	CHECK(start("ready") == 0);
	json_int_t restarts = info_integer("restarts");
	CHECK(post(FAKE_ECHO, 1) == 0);
	AWAIT(echoes == 1);
	int first = (int)info_integer("pid");
	CHECK(kill(first, SIGKILL) == 0);
	AWAIT(state_is("restarting"));
	/* Posted while there is nobody. */
	for(uint64_t i = 2; i <= 100; i++)
		CHECK(post(FAKE_ECHO, i) == 0);
	AWAIT(echoes == 100);
	AWAIT(readies == 2 && state_is("running"));
	CHECK(disordered == 0 && info_integer("pid") != first && info_integer("restarts") == restarts + 1);
	CHECK(log_count("was ended by signal 9") == 1 && log_count("a new one starts in 100 ms") == 1);
	CHECK(kill((int)info_integer("pid"), SIGSEGV) == 0);
	AWAIT(readies == 3);
	CHECK(log_count("a new one starts in 200 ms") == 1);
	CHECK(kill((int)info_integer("pid"), SIGKILL) == 0);
	AWAIT(state_is("restarting"));
	CHECK(stop() < 200);
}

/* Only lives that are short make the pause longer. */
static void test_pause(void) {
	static const struct { long ready_ms; const char *pause; } lives[] = {
		{ 0, " 100 ms" }, { 0, " 200 ms" }, { 1500, " 400 ms" }, { 2100, " 100 ms" }, { 2100, " 100 ms" }, { 0, " 200 ms" },
	};
	CHECK(start("ready") == 0);
	for(unsigned i = 0; i < sizeof lives / sizeof *lives; i++) {
		char text[64];
		snprintf(text, sizeof text, "a new one starts in%s", lives[i].pause);
		unsigned before = log_count(text);
		nap(lives[i].ready_ms);
		CHECK(kill((int)info_integer("pid"), SIGKILL) == 0);
		AWAIT(readies == i + 2 && state_is("running"));
		CHECK(log_count(text) == before + 1);
	}
	stop();
	/* No start that fails makes it shorter. */
	CHECK(start("ready") == 0);
	forgotten = 0;
	nap(2100);
	file_write(ORDERS, "exit");
	CHECK(kill((int)info_integer("pid"), SIGKILL) == 0);
	AWAIT(forgotten > 0);
	uint64_t begin = now_ms();
	file_write(ORDERS, "ready");
	AWAIT(readies == 2);
	CHECK(now_ms() - begin >= 300);
	stop();
}

static void test_restart_fails(void) {
	CHECK(start("ready") == 0);
	file_write(ORDERS, "fail the port is taken");
	kill((int)info_integer("pid"), SIGKILL);
	AWAIT(log_count("Not started again: the port is taken") >= 1);
	file_write(ORDERS, "ready");
	AWAIT(readies == 2);
	CHECK(post(FAKE_ECHO, 1) == 0);
	AWAIT(echoes == 1);
	stop();
}

static void test_stillborn(void) {
	CHECK(start("ready") == 0);
	forgotten = 0;
	file_write(ORDERS, "crash");
	kill((int)info_integer("pid"), SIGKILL);
	AWAIT(forgotten == 1);
	CHECK(log_count("starts without what the last two were told") == 1);
	file_write(ORDERS, "ready");
	AWAIT(readies == 2);
	stop();
}

static void test_poison(void) {
	CHECK(start("ready") == 0);
	CHECK(post(FAKE_ECHO, 1) == 0 && post(FAKE_EXIT, 2) == 0 && post(FAKE_ECHO, 3) == 0);
	AWAIT(echoes == 2);
	CHECK(disordered == 0 && last_echo == 3);
	CHECK(log_count("exited with code 3") == 2 && log_count("A record was skipped") == 1);
	CHECK(readies == 3);
	stop();
}

static void test_watchdog(void) {
	CHECK(start("ready") == 0);
	nap(1600); /* idle is not stuck */
	CHECK(log_count("has not moved") == 0);
	CHECK(post(FAKE_HANG, 1) == 0 && post(FAKE_ECHO, 2) == 0);
	AWAIT(log_count("has not moved for 1 s (runtime.watchdog)") == 1);
	AWAIT(readies == 2);
	file_write(ORDERS, "ready");
	AWAIT(log_count("A record was skipped") == 1);
	AWAIT(echoes == 1);
	stop();
}

/* Stopped with nothing to do: nothing waits for it, and nothing shows. */
static void test_asleep(void) {
	CHECK(start("ready") == 0);
	CHECK(post(FAKE_ECHO, 1) == 0);
	AWAIT(echoes == 1);
	nap(100);
	CHECK(kill((int)info_integer("pid"), SIGSTOP) == 0);
	AWAIT(log_count("has not moved for 1 s (runtime.watchdog)") == 1);
	AWAIT(readies == 2);
	CHECK(post(FAKE_ECHO, 2) == 0);
	AWAIT(echoes == 2);
	nap(3000);
	CHECK(log_count("has not moved") == 1); /* asked again and again, it answers */
	stop();
}

static void test_full(void) {
	CHECK(start("ready") == 0);
	json_int_t dropped = info_integer("dropped");
	CHECK(post(FAKE_HANG, 1) == 0);
	int refused = 0;
	for(int i = 0; i < 40000; i++)
		refused += post(FAKE_ECHO, 1) == -EAGAIN;
	CHECK(refused > 1000 && info_integer("dropped") == dropped + refused);
	CHECK(info_integer("used") > (1 << 20) - 100);
	AWAIT(log_count("messages from Janus were dropped: the ring to the plugin's process is full") >= 1);
	stop();
}

static void test_spoilt_down(void) {
	enum fake_kind kinds[] = { FAKE_SPOIL_DOWN, FAKE_SPOIL_TAIL };
	for(size_t i = 0; i < 2; i++) {
		CHECK(start("ready") == 0);
		CHECK(post(kinds[i], 1) == 0);
		AWAIT(log_count("The shared memory is spoilt") == 1);
		AWAIT(readies == 2 && state_is("running"));
		CHECK(post(FAKE_ECHO, 2) == 0);
		AWAIT(echoes == 1 && last_echo == 2);
		CHECK(log_count("exited with code 80") == 0);
		stop();
	}
}

static void test_spoilt_header(void) {
	static const int values[] = { 0, 0xff, 0x01, 0x88 };
	for(size_t i = 0; i < sizeof values / sizeof *values; i++) {
		CHECK(start("ready") == 0);
		CHECK(post(FAKE_SPOIL_HEADER, (uint64_t)values[i]) == 0);
		AWAIT(readies == 2 && state_is("running"));
		CHECK(post(FAKE_ECHO, 1000) == 0);
		AWAIT(echoes == 1 && last_echo == 1000);
		CHECK(log_count("exited with code 91") == 0);
		stop();
	}
}

static void test_taken(void) {
	ring_size = 8;
	CHECK(start("ready") == 0);
	ring_size = 1;
	CHECK(post(FAKE_TAKE, 1) == 0);
	AWAIT(log_count("has spoilt the shared memory") == 1 && readies == 2);
	stop();
}

static void test_spoilt_up(void) {
	CHECK(start("ready") == 0);
	CHECK(post(FAKE_SPOIL_UP, 1) == 0);
	AWAIT(log_count("has spoilt the shared memory; it is ended and started again") == 1);
	AWAIT(readies == 2 && state_is("running"));
	CHECK(post(FAKE_ECHO, 2) == 0);
	AWAIT(echoes == 1);
	CHECK(post(FAKE_NONSENSE, 1) == 0);
	AWAIT(log_count("sent a record that makes no sense; it is ended and started again") == 1);
	AWAIT(readies == 3 && state_is("running"));
	CHECK(post(FAKE_ECHO, 3) == 0);
	AWAIT(echoes == 2);
	stop();
}

/* What a child sent before it died counts, however much it is. */
static void test_parting(void) {
	CHECK(start("ready") == 0);
	/* Longer than the pause before a new child: it must be heard to its end all the same. */
	unheard = 0;
	slow = true;
	CHECK(post(FAKE_PARTING, 1) == 0);
	AWAIT(log_count("A record was skipped") == 1);
	AWAIT(readies == 3);
	slow = false;
	CHECK(echoes == 2 * PARTING && disordered == 1 && unheard == 0);
	stop();
	CHECK(start("gone") == 0);
	AWAIT(log_count("exited with code 6") >= 1);
	file_write(ORDERS, "ready");
	AWAIT(state_is("running") && info_integer("pid") > 0);
	CHECK(post(FAKE_ECHO, 1) == 0);
	AWAIT(echoes == 1);
	stop();
}

static bool process_is_there(pid_t pid) {
	char path[64], text[512] = "";
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY);
	if(fd < 0)
		return false;
	ssize_t length = read(fd, text, sizeof text - 1);
	close(fd);
	/* Nobody may reap it in a container: a zombie has ended. */
	const char *state = strrchr(text, ')');
	return length > 0 && state != NULL && state[2] != 'Z';
}

/* Janus is killed, here a process between us and the child. */
static void test_orphan(void) {
	int channel[2];
	pid_t child = 0;
	CHECK(pipe(channel) == 0);
	pid_t janus = fork();
	if(janus == 0) {
		if(start("deaf") == 0)
			child = (pid_t)info_integer("pid");
		if(write(channel[1], &child, sizeof child) < 0)
			_exit(1);
		for(;;)
			pause();
	}
	CHECK(read(channel[0], &child, sizeof child) == sizeof child && child > 1);
	CHECK(process_is_there(child));
	kill(janus, SIGKILL);
	waitpid(janus, NULL, 0);
	uint64_t begin = now_ms();
	AWAIT(!process_is_there(child));
	CHECK(now_ms() - begin < 1000);
	close(channel[0]);
	close(channel[1]);
}

int main(void) {
	if(mkdtemp(folder) == NULL)
		return 1;
	/* First, as it forks: there must be no thread yet. */
	tap_run("supervisor: a child whose Janus was killed ends", test_orphan);
	tap_run("supervisor: starts, serves and stops", test_start);
	tap_run("supervisor: info tells state, ring and counters", test_query);
	tap_run("supervisor: a child that ignores the stop is ended within a second", test_deaf);
	tap_run("supervisor: the child has what it needs and nothing else", test_child);
	tap_run("supervisor: what the child prints is logged, a flood is cut", test_output);
	tap_run("supervisor: a crash is followed by a new child, and nothing posted is lost", test_crash);
	tap_run("supervisor: short lives make the pause longer, others do not", test_pause);
	tap_run("supervisor: a restart that fails is tried again", test_restart_fails);
	tap_run("supervisor: what children end of being told is let go of", test_stillborn);
	tap_run("supervisor: a record that ends two children is skipped", test_poison);
	tap_run("supervisor: a child that stands still is ended", test_watchdog);
	tap_run("supervisor: a child that is stopped with nothing to do is ended", test_asleep);
	tap_run("supervisor: what a full ring refuses is counted and said", test_full);
	tap_run("supervisor: a spoilt down ring ends no second child", test_spoilt_down);
	tap_run("supervisor: a spoilt header ends no second child", test_spoilt_header);
	tap_run("supervisor: a spoilt up ring ends the child and no other", test_spoilt_up);
	tap_run("supervisor: a child that keeps the up ring it was offered is ended", test_taken);
	tap_run("supervisor: what a child sent before it ended counts", test_parting);
	file_remove(ORDERS);
	file_remove(PACKAGE ".jsonc");
	rmdir(folder);
	return tap_end();
}
