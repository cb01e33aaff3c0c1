/* A load generator: keeps a window of requests under way, and measures them.
 *
 *     load ADDRESS PID,PID... [OPTION...]
 *
 * connects, says "ready" and reads commands from stdin, one a line:
 *
 *     WINDOW WARMUP_MS MEASURE_MS [CONNECTIONS]
 *
 * Each is answered by one line of JSON: requests done, seconds, latency in microseconds, and the
 * processor time (microseconds) that each of the processes and this one used meanwhile.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

enum { MAX_PROCESSES = 8, PATIENCE_SECONDS = 20 };

static int64_t sent_at[MAX_WINDOW];
static struct durations latencies;
static int64_t count, under_way;
static int sending, measuring;

static clockid_t clocks[MAX_PROCESSES + 1];
static int64_t used_before[MAX_PROCESSES + 1];
static int processes;

int tcp_connect(const char *address)
{
	char host[256];
	const char *colon = strrchr(address, ':');
	if (colon == NULL || (size_t)(colon - address) >= sizeof host)
		die(address, "expected HOST:PORT");
	memcpy(host, address, (size_t)(colon - address));
	host[colon - address] = '\0';
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
	int error = getaddrinfo(host, colon + 1, &hints, &found);
	if (error != 0)
		die(address, gai_strerror(error));
	int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) < 0)
		die(address, NULL);
	freeaddrinfo(found);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return fd;
}

static void watch_processes(char *pids)
{
	for (char *pid = strtok(pids, ","); pid != NULL; pid = strtok(NULL, ",")) {
		if (processes == MAX_PROCESSES)
			die(pid, "too many processes");
		int error = clock_getcpuclockid((pid_t)atol(pid), &clocks[processes++]);
		if (error != 0)
			die(pid, strerror(error));
	}
	clocks[processes] = CLOCK_PROCESS_CPUTIME_ID;
}

static void send_on(unsigned slot)
{
	char request[MAX_REQUEST];
	size_t length = backend.compose != NULL
		? backend.compose(request, slot)
		: (size_t)snprintf(request, sizeof request, "{\"janus\":\"ping\",\"transaction\":\"%03u\"}",
			slot);
	sent_at[slot] = read_clock(CLOCK_MONOTONIC);
	backend.send(slot, request, length);
	under_way++;
}

static void take_reply(const char *text, size_t length)
{
	static const char key[] = "\"transaction\"";
	const char *at = memmem(text, length, key, sizeof key - 1);
	const char *end = text + length;
	if (at == NULL || memmem(text, length, "\"error\"", 7) != NULL || under_way == 0) {
		fprintf(stderr, "Unexpected: %.*s\n", (int)length, text);
		exit(1);
	}
	for (at += sizeof key - 1; at < end && (*at < '0' || *at > '9');)
		at++;
	unsigned slot = 0;
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		slot = slot * 10 + (unsigned)(*at - '0');
	if (slot >= MAX_WINDOW)
		die("a reply", "has the transaction of no request");
	under_way--;
	if (measuring) {
		count++;
		durations_add(&latencies, read_clock(CLOCK_MONOTONIC) - sent_at[slot]);
	}
	if (sending)
		send_on(slot);
}

static void run_until(int64_t end)
{
	while (read_clock(CLOCK_MONOTONIC) < end) {
		backend.receive(take_reply);
		backend.flush();
	}
}

static void report(int64_t nanoseconds)
{
	double used[MAX_PROCESSES + 1]; /* microseconds */
	for (int i = 0; i <= processes; i++)
		used[i] = (double)(read_clock(clocks[i]) - used_before[i]) / 1e3;
	durations_sort(&latencies);
	printf("{\"requests\":%lld,\"seconds\":%.6f,", (long long)count, (double)nanoseconds / 1e9);
	printf("\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"cpu\":[", durations_percentile(&latencies, 0.5),
		durations_percentile(&latencies, 0.99), durations_percentile(&latencies, 0.999));
	for (int i = 0; i < processes; i++)
		printf("%s%.0f", i > 0 ? "," : "", used[i]);
	printf("],\"client_cpu\":%.0f,\"stalls\":%d}\n", used[processes],
		backend.stalls != NULL ? backend.stalls() : 0);
	fflush(stdout);
}

static void measure(unsigned window, long warmup, long duration)
{
	count = 0;
	latencies.size = 0;
	sending = 1;
	alarm(PATIENCE_SECONDS);
	for (unsigned slot = 0; slot < window; slot++)
		send_on(slot);
	backend.flush();
	run_until(read_clock(CLOCK_MONOTONIC) + warmup * 1000000);
	measuring = 1;
	for (int i = 0; i <= processes; i++)
		used_before[i] = read_clock(clocks[i]);
	int64_t begun = read_clock(CLOCK_MONOTONIC);
	run_until(begun + duration * 1000000);
	int64_t ended = read_clock(CLOCK_MONOTONIC);
	measuring = 0;
	report(ended - begun);
	sending = 0;
	while (under_way > 0)
		backend.receive(take_reply);
	alarm(0);
}

/* Waits for a command; meanwhile the connections stay served. False at the end of stdin. */
static int next_command(char *line, int size)
{
	struct pollfd items[2] = {{.fd = 0, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
	if (backend.idle_descriptor != NULL)
		items[1].fd = backend.idle_descriptor();
	for (;;) {
		if (poll(items, 2, -1) < 0)
			die("poll", NULL);
		if (items[1].revents != 0)
			backend.receive(take_reply);
		if (items[0].revents != 0)
			return fgets(line, size, stdin) != NULL;
	}
}

int main(int argc, char **argv)
{
	char line[128];
	unsigned window, connections;
	long warmup, duration;
	if (argc < 3)
		die("usage", "load ADDRESS PID,PID... [OPTION...]");
	setvbuf(stdin, NULL, _IONBF, 0);
	watch_processes(argv[2]);
	alarm(PATIENCE_SECONDS);
	backend.open(argv[1], argc - 3, argv + 3);
	alarm(0);
	puts("ready");
	fflush(stdout);
	while (next_command(line, sizeof line)) {
		int given = sscanf(line, "%u %ld %ld %u", &window, &warmup, &duration, &connections);
		if (given < 3 || window > MAX_WINDOW || (given == 4 && backend.activate == NULL))
			die(line, "expected WINDOW WARMUP_MS MEASURE_MS [CONNECTIONS]");
		if (given == 4)
			backend.activate(connections);
		measure(window, warmup, duration);
	}
	return 0;
}
