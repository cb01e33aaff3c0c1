/* What the companion that stores events may do, as the stub reads it, and Janus's name. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stream_grants.h"
#include "tap.h"

static char folder[] = "/tmp/stream_grants_XXXXXX";
static const char *self_path;

static bool same(const char *text, const char *expected) {
	bool is = text == NULL || expected == NULL ? text == expected : !strcmp(text, expected);
	if(!is)
		printf("# %s, not %s\n", text != NULL ? text : "nothing", expected != NULL ? expected : "nothing");
	return is;
}

static struct jz_stream_grants read_from(const char *text) {
	struct jz_stream_grants grants;
	json_t *tree = json_loads(text, 0, NULL);
	CHECK(tree != NULL);
	jz_stream_grants_read(&grants, tree, folder);
	json_decref(tree);
	return grants;
}

static void test_enabled(void) {
	static const char *const off[] = {
		"{}", "{ \"stream\": 1 }", "{ \"stream\": {} }", "{ \"stream\": { \"enabled\": false, \"servers\": [\"a\"], \"ca\": \"ca.pem\" } }",
		"{ \"stream\": { \"enabled\": \"no\" } }", "{ \"stream\": { \"enabled\": [true] } }", "{ \"stream\": { \"servers\": [\"a\"] } }",
	};
	for(size_t i = 0; i < sizeof off / sizeof *off; i++) {
		struct jz_stream_grants grants = read_from(off[i]);
		CHECK(grants.net == NULL && grants.readable == NULL && grants.server_name == NULL);
		jz_stream_grants_free(&grants);
	}
	struct jz_stream_grants grants;
	jz_stream_grants_read(&grants, NULL, folder);
	CHECK(grants.net == NULL);
}

static void test_servers(void) {
	static const char *const cases[][2] = {
		{ "", "127.0.0.1:4222" },
		{ ", \"servers\": [\"nats.example.org\"]", "nats.example.org:4222" },
		{ ", \"servers\": [\"nats://a:1\", \"tls://b\", \"c:65535\"]", "a:1,b:4222,c:65535" },
		{ ", \"servers\": [\"[::1]\", \"tls://[::2]:7\"]", "[::1]:4222,[::2]:7" },
		{ ", \"servers\": \"a:1, nats://b\"", "a:1,b:4222" },
		/* Nothing but a host and a port may become a right. */
		{ ", \"servers\": [\"\", \"user@a\", \"a,b\", \"http://a\", \"a/b\", \"*\", \"a:0x1\", \"tls://\", 5, [\"a\"]]", NULL },
		{ ", \"servers\": [\"a b\", \"good\"]", "good:4222" },
		{ ", \"servers\": []", NULL },
	};
	for(size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[512];
		snprintf(text, sizeof text, "{ \"stream\": { \"enabled\": true%s } }", cases[i][0]);
		struct jz_stream_grants grants = read_from(text);
		CHECK(same(grants.net, cases[i][1]));
		jz_stream_grants_free(&grants);
	}
}

static void test_files(void) {
	char *real = realpath(folder, NULL), expected[4096];
	struct jz_stream_grants grants = read_from("{ \"security\": { \"secret_key\": \"server.key\" }, \"stream\": { \"enabled\": true,"
		"\"credentials\": \"janus.creds\", \"ca\": \"/etc/ssl/cert.pem\", \"cert\": \"../cert.pem\", \"password_file\": \"a,b\","
		"\"token_file\": \"token\", \"user\": \"janus\", \"name\": \"JANUS\" } }");
	snprintf(expected, sizeof expected, "%s/janus.creds,%s/token", real, real);
	CHECK(same(grants.readable, expected));
	jz_stream_grants_free(&grants);
	grants = read_from("{ \"stream\": { \"enabled\": true } }");
	CHECK(same(grants.readable, NULL));
	jz_stream_grants_free(&grants);
	free(real);
}

/* As a process that was called with these words; what it says its name is, owned. */
static char *name_with(char *const words[]) {
	int pipe_fds[2];
	char *name = calloc(1, 256);
	char *argv[8] = { (char *)self_path, "--child" };
	for(int i = 0; words[i] != NULL; i++)
		argv[2 + i] = words[i];
	CHECK(pipe(pipe_fds) == 0);
	pid_t pid = fork();
	if(pid == 0) {
		dup2(pipe_fds[1], 1);
		execv(self_path, argv);
		_exit(1);
	}
	close(pipe_fds[1]);
	for(ssize_t n, at = 0; (n = read(pipe_fds[0], name + at, (size_t)(255 - at))) > 0;)
		at += n;
	close(pipe_fds[0]);
	CHECK(waitpid(pid, NULL, 0) == pid);
	return name;
}

static void test_name(void) {
	static char *const cases[][6] = {
		{ "(none)", NULL },
		{ "one", "-n", "one", NULL }, { "one", "-none", NULL }, { "one", "--server-name", "one", NULL }, { "one", "--server-name=one", NULL },
		{ "two", "-n", "one", "-n", "two", NULL }, { "(none)", "-n", NULL }, { "(none)", "-n", "MyJanusInstance", NULL },
		{ "(none)", "--server-name=", NULL }, { "(none)", "--nat-1-1", "192.0.2.1", NULL }, { "one", "-n", "one", "", NULL },
	};
	for(size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *name = name_with(cases[i] + 1);
		CHECK(same(name, cases[i][0]));
		free(name);
	}
}

int main(int argc, char **argv) {
	if(argc > 1) {
		struct jz_stream_grants grants = read_from("{ \"stream\": { \"enabled\": true } }");
		printf("%s", grants.server_name != NULL ? grants.server_name : "(none)");
		jz_stream_grants_free(&grants);
		return 0;
	}
	self_path = argv[0];
	if(mkdtemp(folder) == NULL)
		return 1;
	tap_run("stream's rights: none unless it is enabled", test_enabled);
	tap_run("stream's rights: the servers, each with its port, and nothing else", test_servers);
	tap_run("stream's rights: the files of the configuration's folder that it names", test_files);
	tap_run("stream's rights: Janus's name on its command line", test_name);
	rmdir(folder);
	return tap_end();
}
