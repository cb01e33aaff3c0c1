/* Connections that belong to libzmq, looked at for the child: who is there, and who does not read. A
 * descriptor may have been given to another connection meanwhile: what is told is for people. */
#define _GNU_SOURCE
#include "bridge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

/* 1 if nothing more can be written, as the other side does not read, or is gone; else 0, or -errno. */
int jz_connection_full(int fd) {
	struct pollfd item = { .fd = fd, .events = POLLOUT };
	int result = poll(&item, 1, 0);
	if(result < 0)
		return -errno;
	return (item.revents & (POLLOUT | POLLERR | POLLHUP | POLLNVAL)) != POLLOUT;
}

/* Who is at the other end: "tcp://192.0.2.7:1234", "ipc:// (process 99)". Returns the length, or -errno. */
int jz_connection_name(int fd, char *text, uint32_t size) {
	struct sockaddr_storage address;
	socklen_t length = sizeof address;
	char host[INET6_ADDRSTRLEN] = "";
	int result;
	if(getpeername(fd, (struct sockaddr *)&address, &length) < 0)
		return -errno;
	if(address.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
		result = snprintf(text, size, "tcp://%s:%u", host, ntohs(in->sin_port));
	} else if(address.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address;
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
		result = snprintf(text, size, "tcp://[%s]:%u", host, ntohs(in6->sin6_port));
	} else {
		struct ucred peer = { .pid = 0 };
		length = sizeof peer;
		if(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
			return -errno;
		result = snprintf(text, size, "ipc:// (process %d)", (int)peer.pid);
	}
	return result < 0 || (uint32_t)result >= size ? -ENOSPC : result;
}
