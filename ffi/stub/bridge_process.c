/* What the child may not do, or cannot do as well, by itself. */
#define _GNU_SOURCE
#include "bridge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "turns.h"

/* Removes a Unix socket's file, and no other kind. Returns 0 or -errno. */
int jz_socket_remove(const char *path) {
	struct stat stat;
	if(lstat(path, &stat) < 0)
		return -errno;
	if(!S_ISSOCK(stat.st_mode))
		return -ENOTSOCK;
	return unlink(path) < 0 ? -errno : 0;
}

struct outlive {
	int lifeline_fd;
	int milliseconds;
};

/* Waits for Janus's end, and then ends the process and its companions, whatever else they are at. */
static void *outlive_run(void *data) {
	struct outlive outlive = *(struct outlive *)data;
	struct pollfd item = { .fd = outlive.lifeline_fd, .events = POLLIN };
	free(data);
	while(poll(&item, 1, -1) <= 0 && errno == EINTR)
		continue;
	const struct timespec rest = { outlive.milliseconds / 1000, outlive.milliseconds % 1000 * 1000000L };
	nanosleep(&rest, NULL);
	jz_companions_kill();
	_exit(0);
}

/* From now on the process does not end with Janus, but so much later at most. To be called on the main
 * thread, whose matter that is. Returns 0 or -errno. */
int jz_outlive(int lifeline_fd, int milliseconds) {
	pthread_t thread;
	struct outlive *outlive = gettid() == getpid() ? malloc(sizeof *outlive) : NULL;
	if(outlive == NULL)
		return gettid() == getpid() ? -ENOMEM : -EPERM;
	*outlive = (struct outlive){ lifeline_fd, milliseconds };
	int result = pthread_create(&thread, NULL, outlive_run, outlive);
	if(result != 0) {
		free(outlive);
		return -result;
	}
	pthread_detach(thread);
	return prctl(PR_SET_PDEATHSIG, 0) < 0 ? -errno : 0;
}

/* True if the loader has written into the program's code, which is then no copy of the file's. */
static bool program_relocated(const struct dl_phdr_info *info) {
	for(size_t i = 0; i < info->dlpi_phnum; i++) {
		if(info->dlpi_phdr[i].p_type != PT_DYNAMIC)
			continue;
		for(const ElfW(Dyn) *entry = (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr); entry->d_tag != DT_NULL; entry++)
			if(entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)))
				return true;
	}
	return false;
}

static int program_drop(struct dl_phdr_info *info, size_t size, void *page) {
	(void)size;
	const ElfW(Addr) mask = *(const ElfW(Addr) *)page - 1;
	for(size_t i = 0; i < info->dlpi_phnum && !program_relocated(info); i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		if(segment->p_type != PT_LOAD || (segment->p_flags & PF_W))
			continue;
		/* Whole pages of this segment's alone. */
		ElfW(Addr) begin = (info->dlpi_addr + segment->p_vaddr + mask) & ~mask;
		ElfW(Addr) end = (info->dlpi_addr + segment->p_vaddr + segment->p_filesz) & ~mask;
		if(begin < end)
			madvise((void *)begin, end - begin, MADV_DONTNEED);
	}
	return 1; /* only the first: the program itself, which nobody can write to while it runs */
}

/* Gives back what a rest does not need: free memory of malloc's, pages of the program's file, and the up
 * ring's, if it is empty. Pages of the file that are needed after all come back from the page cache at the
 * next touch. Any time. */
void jz_trim(struct jz_link *link) {
	ElfW(Addr) page = (ElfW(Addr))sysconf(_SC_PAGESIZE);
	/* Only we write to the ring: it stays empty. */
	if(jz_ring_used(&link->up) == 0) {
		uint8_t *end = link->up.data + link->up.size, *begin = link->up.data + JZ_REWIND_BYTES;
		begin += (0 - (uintptr_t)begin) % page;
		if(begin < end)
			madvise(begin, (size_t)(end - begin), MADV_REMOVE);
	}
#ifdef __GLIBC__
	malloc_trim(0);
#endif
	dl_iterate_phdr(program_drop, &page);
}

/* Bytes of memory that are the process's own: no files, no ring. -1 where the system does not tell. */
double jz_memory(void) {
	char text[128];
	unsigned long resident, shared;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if(fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	if(sscanf(text, "%*u %lu %lu", &resident, &shared) != 2 || shared > resident)
		return -1;
	return (double)(resident - shared) * (double)sysconf(_SC_PAGESIZE);
}

/* A thread of libzmq for input and output, by its name. */
static bool is_zmq_io(const char *thread) {
	char path[sizeof "/proc/self/task//comm" + NAME_MAX], name[16] = "";
	snprintf(path, sizeof path, "/proc/self/task/%s/comm", thread);
	FILE *file = fopen(path, "re");
	if(file != NULL) {
		if(fgets(name, sizeof name, file) == NULL)
			name[0] = '\0';
		fclose(file);
	}
	return strncmp(name, "ZMQbg/IO", 8) == 0;
}

/* The process has short turns from the thread that has started it, but libzmq sets those of its threads for
 * input and output anew. */
void jz_turns(void) {
	DIR *threads = opendir("/proc/self/task");
	for(struct dirent *entry; threads != NULL && (entry = readdir(threads)) != NULL;)
		if(is_zmq_io(entry->d_name))
			jz_turns_short(atoi(entry->d_name));
	if(threads != NULL)
		closedir(threads);
}

/* memcpy from an address that came from C, for a child that may no longer make views. */
void jz_copy(void *target, const void *source, uint32_t offset, uint32_t length) {
	memcpy(target, (const char *)source + offset, length);
}

/* 1 if the text has the word in it, in small letters or capitals. */
int jz_contains(const void *text, uint32_t length, const void *word, uint32_t word_length) {
	const char *at = text, *end = at + length;
	if(word_length == 0)
		return 1;
	for(; (at = memchr(at, *(const char *)word, (size_t)(end - at))) != NULL && (size_t)(end - at) >= word_length; at++)
		if(!strncasecmp(at, word, word_length))
			return 1;
	return 0;
}
