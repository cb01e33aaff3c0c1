/* Keeps libzmq (4.3) from aborting the process over a connection whose other end is gone.
 *
 * When libzmq has no room for more messages of a connection it waits for nothing of its socket. If it is
 * told of an error all the same, it notes an I/O error and goes on with what it had read once there is
 * room; where a PING is among that, it is to be answered, and libzmq asserts that there was no error
 * (`out_event`: `Assertion failed: !_io_error`). So it is not told of errors: reading and writing find
 * them. A descriptor of which nothing is wanted is taken out of epoll, which would tell of its errors, too.
 * libzmq's own calls of epoll are led here, nobody else's. See also bridge_pollout.c. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bridge.h"
#include "bridge_pollout.h"

static int kernel_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event) {
	if(operation == EPOLL_CTL_MOD && event->events == 0)
		operation = EPOLL_CTL_DEL;
	int result = (int)syscall(SYS_epoll_ctl, epoll_fd, operation, fd, event);
	if(result == 0 || errno != ENOENT)
		return result;
	/* It was taken out before. */
	if(operation == EPOLL_CTL_DEL)
		return 0;
	return operation == EPOLL_CTL_MOD ? (int)syscall(SYS_epoll_ctl, epoll_fd, EPOLL_CTL_ADD, fd, event) : result;
}

static int guarded_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event) {
	return jz_pollout_take(operation, fd, event) ? 0 : kernel_ctl(epoll_fd, operation, fd, event);
}

static int guarded_wait(int epoll_fd, struct epoll_event *events, int most, int timeout) {
	int count = jz_pollout_tell(epoll_fd, events, most, kernel_ctl);
	if(count > 0)
		return count;
	count = (int)syscall(SYS_epoll_pwait, epoll_fd, events, most, timeout, NULL, 0);
	for(int at = 0; at < count; at++) {
		events[at].events &= ~(uint32_t)(EPOLLERR | EPOLLHUP);
		if(events[at].events == 0)
			events[at].events = EPOLLIN; /* where writing is waited for, that is ready too */
	}
	return count;
}

struct replacement {
	const char *name;
	uintptr_t function;
};

static const struct replacement REPLACEMENTS[] = {
	{ "epoll_ctl", (uintptr_t)guarded_ctl },
	{ "epoll_wait", (uintptr_t)guarded_wait },
};
#define REPLACED (sizeof REPLACEMENTS / sizeof REPLACEMENTS[0])

/* What a library has of dynamic linking. */
struct tables {
	const char *strings;
	const ElfW(Sym) *symbols;
	const ElfW(Rela) *relocations[2];
	size_t sizes[2];
};

/* Most systems have made absolute addresses of these already. */
static const void *address_of(ElfW(Addr) base, ElfW(Addr) value) {
	return (const void *)(value < base ? base + value : value);
}

static struct tables read_tables(ElfW(Addr) base, const ElfW(Dyn) *entry) {
	struct tables tables = { 0 };
	for(; entry->d_tag != DT_NULL; entry++) {
		switch(entry->d_tag) {
			case DT_STRTAB: tables.strings = address_of(base, entry->d_un.d_ptr); break;
			case DT_SYMTAB: tables.symbols = address_of(base, entry->d_un.d_ptr); break;
			case DT_JMPREL: tables.relocations[0] = address_of(base, entry->d_un.d_ptr); break;
			case DT_PLTRELSZ: tables.sizes[0] = entry->d_un.d_val; break;
			case DT_RELA: tables.relocations[1] = address_of(base, entry->d_un.d_ptr); break;
			case DT_RELASZ: tables.sizes[1] = entry->d_un.d_val; break;
			default: break;
		}
	}
	return tables;
}

/* Writes to a page that may be for reading alone by now. */
static bool replace(uintptr_t *slot, uintptr_t function) {
	const uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE);
	void *page = (void *)((uintptr_t)slot & ~(size - 1));
	if(mprotect(page, size, PROT_READ | PROT_WRITE) < 0)
		return false;
	__atomic_store_n(slot, function, __ATOMIC_RELEASE);
	return true;
}

static unsigned replace_all(ElfW(Addr) base, const ElfW(Dyn) *dynamic) {
	const struct tables tables = read_tables(base, dynamic);
	unsigned replaced = 0;
	if(tables.strings == NULL || tables.symbols == NULL)
		return 0;
	for(int table = 0; table < 2; table++) {
		const ElfW(Rela) *entry = tables.relocations[table];
		for(size_t left = entry == NULL ? 0 : tables.sizes[table] / sizeof *entry; left > 0; left--, entry++) {
			const char *name = tables.strings + tables.symbols[ELF64_R_SYM(entry->r_info)].st_name;
			for(size_t at = 0; at < REPLACED; at++) {
				if(strcmp(name, REPLACEMENTS[at].name) == 0 && replace((uintptr_t *)(base + entry->r_offset), REPLACEMENTS[at].function))
					replaced |= 1u << at;
			}
		}
	}
	return replaced;
}

static int guard_library(struct dl_phdr_info *info, size_t size, void *replaced) {
	(void)size;
	const char *name = info->dlpi_name == NULL ? NULL : strrchr(info->dlpi_name, '/');
	if(name == NULL || strncmp(name, "/libzmq.so", strlen("/libzmq.so")) != 0)
		return 0;
	for(int at = 0; at < info->dlpi_phnum; at++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[at];
		if(header->p_type == PT_DYNAMIC)
			*(unsigned *)replaced |= replace_all(info->dlpi_addr, (const ElfW(Dyn) *)(info->dlpi_addr + header->p_vaddr));
	}
	return 0;
}

int jz_zmq_guard(void) {
	unsigned replaced = 0;
	dl_iterate_phdr(guard_library, &replaced);
	return replaced == (1u << REPLACED) - 1 ? 0 : -ENOENT;
}
