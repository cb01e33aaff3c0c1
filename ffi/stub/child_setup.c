#define _GNU_SOURCE
#include "child_setup.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "process.h"

extern const char jz_program[], jz_program_end[], jz_scripts[], jz_scripts_end[], jz_stream[], jz_stream_end[], jz_imports[], jz_imports_end[];

uint32_t jz_abi_version(void);

/* A file in memory that nobody can change. Returns its descriptor, or -1 with errno set. */
static int sealed_create(const char *name, const char *text, const char *end) {
	size_t size = (size_t)(end - text), done = 0;
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	while(fd >= 0 && done < size) {
		ssize_t n = write(fd, text + done, size - done);
		if(n < 0)
			goto failed;
		done += (size_t)n;
	}
	if(fd < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		return fd;

failed:;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

int jz_child_setup_open(struct jz_child_setup *setup) {
	int result;
	Dl_info info;
	*setup = (struct jz_child_setup)JZ_NO_CHILD_SETUP;

	setup->program_fd = sealed_create("janus-zeromq.js", jz_program, jz_program_end);
	if(setup->program_fd < 0)
		goto failed;
	setup->scripts_fd = sealed_create("janus-zeromq-scripts.js", jz_scripts, jz_scripts_end);
	if(setup->scripts_fd < 0)
		goto failed;
	setup->stream_fd = sealed_create("janus-zeromq-stream.js", jz_stream, jz_stream_end);
	if(setup->stream_fd < 0)
		goto failed;
	setup->imports_fd = sealed_create("janus-zeromq.json", jz_imports, jz_imports_end);
	if(setup->imports_fd < 0)
		goto failed;
	/* The file may be replaced by an update while we run: hold on to the one that is loaded. */
	errno = ENOENT;
	if(!dladdr((void *)(uintptr_t)jz_abi_version, &info))
		goto failed;
	setup->library_fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	if(setup->library_fd < 0 || pipe2(setup->lifeline, O_CLOEXEC) < 0)
		goto failed;
	return 0;

failed:
	result = -errno;
	jz_child_setup_close(setup);
	return result;
}

void jz_child_setup_close(struct jz_child_setup *setup) {
	jz_fd_close(&setup->program_fd);
	jz_fd_close(&setup->scripts_fd);
	jz_fd_close(&setup->stream_fd);
	jz_fd_close(&setup->imports_fd);
	jz_fd_close(&setup->library_fd);
	jz_fd_close(&setup->lifeline[0]);
	jz_fd_close(&setup->lifeline[1]);
}
