/* ZeroMQ without libzmq: ZMTP 3.1 over one TCP connection for each of many DEALER peers, so that
 * a thousand of them cost the client next to nothing. Each makes its sessions; the requests go
 * round all sessions of all peers.
 * Options: how many peers, how many sessions each (none: ping). */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"

enum { MORE = 1, LONG = 2, COMMAND = 4, BUFFER = 16384 };

struct peer {
	int fd;
	int dirty;
	size_t incoming_length, outgoing_length;
	unsigned char incoming[BUFFER], outgoing[BUFFER];
};

static struct peer *peers;
static unsigned peer_count, session_count; /* sessions of one peer */
static unsigned active_count;              /* the peers that ask */
static uint64_t *sessions;
static unsigned *dirty;
static unsigned dirty_count;
static uint64_t turn;
static int epoll;
static uint64_t created;

static void add_bytes(unsigned index, const void *bytes, size_t length)
{
	struct peer *peer = &peers[index];
	if (peer->outgoing_length + length > BUFFER)
		die("a peer", "has too much to send");
	memcpy(peer->outgoing + peer->outgoing_length, bytes, length);
	peer->outgoing_length += length;
	if (!peer->dirty)
		dirty[dirty_count++] = index;
	peer->dirty = 1;
}

static void add_frame(unsigned index, unsigned char flags, const void *bytes, size_t length)
{
	unsigned char header[2] = {flags, (unsigned char)length};
	if (length > 255)
		die("a frame", "is too long");
	add_bytes(index, header, 2);
	add_bytes(index, bytes, length);
}

static void flush(void)
{
	for (unsigned i = 0; i < dirty_count; i++) {
		struct peer *peer = &peers[dirty[i]];
		write_all(peer->fd, peer->outgoing, peer->outgoing_length);
		peer->outgoing_length = 0;
		peer->dirty = 0;
	}
	dirty_count = 0;
}

static void read_exactly(int fd, void *bytes, size_t length)
{
	if (recv(fd, bytes, length, MSG_WAITALL) != (ssize_t)length)
		die("the ZMTP handshake", NULL);
}

static void shake_hands(int fd)
{
	static const unsigned char greeting[64] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1,
		'N', 'U', 'L', 'L'};
	static const char ready[] = "\5READY\13Socket-Type\0\0\0\6DEALER\10Identity\0\0\0";
	unsigned char answer[256], header[2] = {COMMAND, sizeof ready};
	write_all(fd, greeting, sizeof greeting);
	read_exactly(fd, answer, sizeof greeting);
	write_all(fd, header, 2);
	write_all(fd, ready, sizeof ready); /* the literal's NUL is the last byte of a length */
	read_exactly(fd, header, 2);
	read_exactly(fd, answer, header[1]);
	if (header[0] != COMMAND || memcmp(answer, "\5READY", 6) != 0)
		die("the ZMTP handshake", "Janus is not ready");
}

static void take_command(unsigned index, const unsigned char *body, size_t length)
{
	char pong[64] = "\4PONG";
	if (length < 7 || length > 7 + 16 || memcmp(body, "\4PING", 5) != 0)
		die("a ZMTP command", "is not known");
	memcpy(pong + 5, body + 7, length - 7);
	add_frame(index, COMMAND, pong, length - 2);
}

/* Takes one frame off; returns its size, or 0 if it isn't all there. */
static size_t take_frame(unsigned index, const unsigned char *at, size_t available,
	reply_handler *handle)
{
	if (available < 2)
		return 0;
	if ((at[0] & LONG) != 0)
		die("a frame", "is too long");
	size_t length = at[1];
	if (available < 2 + length)
		return 0;
	if ((at[0] & COMMAND) != 0)
		take_command(index, at + 2, length);
	else if ((at[0] & MORE) == 0)
		handle((const char *)at + 2, length);
	return 2 + length;
}

static void read_peer(unsigned index, reply_handler *handle)
{
	struct peer *peer = &peers[index];
	ssize_t got = recv(peer->fd, peer->incoming + peer->incoming_length,
		BUFFER - peer->incoming_length, 0);
	if (got <= 0)
		die("recv", got == 0 ? "Janus has closed the connection" : NULL);
	peer->incoming_length += (size_t)got;
	size_t taken = 0, size;
	while ((size = take_frame(index, peer->incoming + taken, peer->incoming_length - taken,
			handle)) > 0)
		taken += size;
	memmove(peer->incoming, peer->incoming + taken, peer->incoming_length - taken);
	peer->incoming_length -= taken;
}

static void receive(reply_handler *handle)
{
	struct epoll_event events[128];
	int ready = epoll_wait(epoll, events, 128, -1);
	if (ready < 0)
		die("epoll_wait", NULL);
	for (int i = 0; i < ready; i++)
		read_peer(events[i].data.u32, handle);
	flush();
}

static void take_session(const char *text, size_t length)
{
	const char *transaction = memmem(text, length, "\"transaction\":\"", 15);
	const char *id = memmem(text, length, "\"id\":", 5);
	if (transaction == NULL || id == NULL)
		die("create", "Janus refused");
	sessions[strtoul(transaction + 15, NULL, 10)] = strtoull(id + 5, NULL, 10);
	created++;
}

static void create_sessions(void)
{
	uint64_t wanted = (uint64_t)peer_count * session_count, asked = 0;
	while (created < wanted) {
		for (; asked < wanted && asked - created < 256; asked++) {
			char text[128];
			int length = snprintf(text, sizeof text, "{\"janus\":\"create\",\"transaction\":\"%llu\"}",
				(unsigned long long)asked);
			add_frame((unsigned)(asked % peer_count), 0, text, (size_t)length);
		}
		flush();
		receive(take_session);
	}
}

static void open_peers(const char *address, int count, char **options)
{
	if (strncmp(address, "tcp://", 6) == 0)
		address += 6;
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	peer_count = count > 0 ? (unsigned)atoi(options[0]) : 1;
	active_count = peer_count;
	session_count = count > 1 ? (unsigned)atoi(options[1]) : 0;
	peers = calloc(peer_count, sizeof *peers);
	dirty = calloc(peer_count, sizeof *dirty);
	sessions = calloc((size_t)peer_count * session_count + 1, sizeof *sessions);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (peers == NULL || dirty == NULL || sessions == NULL || epoll < 0)
		die("peers", NULL);
	for (unsigned i = 0; i < peer_count; i++) {
		peers[i].fd = tcp_connect(address);
		shake_hands(peers[i].fd);
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, peers[i].fd, &event) < 0)
			die("epoll_ctl", NULL);
	}
	create_sessions();
}

/* The sessions are dealt to the peers in turn: number n belongs to peer n % peer_count. */
static size_t compose(char *request, unsigned slot)
{
	if (session_count == 0)
		return (size_t)snprintf(request, MAX_REQUEST,
			"{\"janus\":\"ping\",\"transaction\":\"%03u\"}", slot);
	uint64_t nth = turn / active_count % session_count;
	uint64_t session = sessions[turn % active_count + nth * peer_count];
	return (size_t)snprintf(request, MAX_REQUEST,
		"{\"janus\":\"keepalive\",\"session_id\":%llu,\"transaction\":\"%03u\"}",
		(unsigned long long)session, slot);
}

static void send_message(unsigned slot, const char *request, size_t length)
{
	(void)slot;
	add_frame((unsigned)(turn++ % active_count), 0, request, length);
}

static void activate(unsigned connections)
{
	if (connections == 0 || connections > peer_count)
		die("peers", "there are not so many");
	active_count = connections;
	turn = 0;
}

static int idle_descriptor(void)
{
	return epoll;
}

const struct backend backend = {
	.open = open_peers,
	.compose = compose,
	.send = send_message,
	.flush = flush,
	.receive = receive,
	.activate = activate,
	.idle_descriptor = idle_descriptor,
};
