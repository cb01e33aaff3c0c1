#define _GNU_SOURCE
#include "spawn.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* glibc 2.36 brought this; the kernel (5.4) is what matters. */
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define FIRST_FD JZ_FD_MEMORY
#define LAST_FD JZ_FD_IMPORTS
#define CHILD_FDS (LAST_FD + 1)

extern const char jz_program[], jz_program_end[], jz_imports[], jz_imports_end[];

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

int jz_outfit_open(struct jz_outfit *outfit) {
	int result;
	Dl_info info;
	*outfit = (struct jz_outfit){ -1, -1, -1, { -1, -1 } };

	outfit->program_fd = sealed_create("janus-zeromq.js", jz_program, jz_program_end);
	if(outfit->program_fd < 0)
		goto failed;
	outfit->imports_fd = sealed_create("janus-zeromq.json", jz_imports, jz_imports_end);
	if(outfit->imports_fd < 0)
		goto failed;
	/* The file may be replaced by an update while we run: hold on to the one that is loaded. */
	errno = ENOENT;
	if(!dladdr((void *)(uintptr_t)jz_abi_version, &info))
		goto failed;
	outfit->library_fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	if(outfit->library_fd < 0 || pipe2(outfit->lifeline, O_CLOEXEC) < 0)
		goto failed;
	return 0;

failed:
	result = -errno;
	jz_outfit_close(outfit);
	return result;
}

const char *jz_error_text(int error) {
	return error == EMFILE ? "too few descriptors are allowed: raise LimitNOFILE= in systemd, or ulimit -n" : strerror(error);
}

static void fd_close(int *fd) {
	if(*fd >= 0)
		close(*fd);
	*fd = -1;
}

void jz_outfit_close(struct jz_outfit *outfit) {
	fd_close(&outfit->program_fd);
	fd_close(&outfit->imports_fd);
	fd_close(&outfit->library_fd);
	fd_close(&outfit->lifeline[0]);
	fd_close(&outfit->lifeline[1]);
}

static char *path_search(const char *name) {
	const char *path = getenv("PATH");
	if(path == NULL || *path == '\0')
		path = DEFAULT_PATH;
	for(const char *end; *path != '\0'; path = *end != '\0' ? end + 1 : end) {
		char *candidate;
		end = strchrnul(path, ':');
		if(asprintf(&candidate, "%.*s/%s", (int)(end - path), path, name) < 0)
			return NULL;
		if(access(candidate, X_OK) == 0)
			return candidate;
		free(candidate);
	}
	return NULL;
}

char *jz_deno_find(const char *deno, char **reason) {
	char magic[2] = "", *path = strchr(deno, '/') != NULL ? strdup(deno) : path_search(deno);
	const char *hint = "Install Deno where Janus finds it, or set runtime.deno to its full path";
	int written = 0;
	if(path == NULL || access(path, X_OK) < 0) {
		if(path == NULL)
			written = asprintf(reason, "cannot find %s on PATH (%s). %s", deno, getenv("PATH") != NULL ? getenv("PATH") : DEFAULT_PATH, hint);
		else
			written = asprintf(reason, "cannot run %s: %s. %s", path, strerror(errno), hint);
	} else {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		/* A script would start Deno as a grandchild, out of our sight and without our descriptors. */
		if(fd < 0 || read(fd, magic, 2) != 2 || memcmp(magic, "#!", 2) != 0) {
			if(fd >= 0)
				close(fd);
			return path;
		}
		close(fd);
		written = asprintf(reason, "%s is a script, not Deno itself. Set runtime.deno to the executable that it starts", path);
	}
	if(written < 0)
		*reason = NULL;
	free(path);
	return NULL;
}

static void say(const char *text) {
	if(write(2, text, strlen(text)) < 0)
		return; /* to the log pipe; the exit code tells as well */
}

/* "WHAT: error N", with calls that are safe after fork. */
__attribute__((noreturn)) static void die(const char *what) {
	char digits[] = "000\n";
	int error = errno;
	for(int i = 2; i >= 0; i--, error /= 10)
		digits[i] = (char)('0' + error % 10);
	say(what);
	say(": error ");
	say(digits);
	_exit(127);
}

/* Between fork and exec: only async-signal-safe calls. */
__attribute__((noreturn)) static void child_run(const int *fds, pid_t janus, const char *path, char *const *argv, char *const *envp) {
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;
	int parked[CHILD_FDS];

	setsid();
	/* Ends with the thread that forked; the lifeline is for where this fails. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if(getppid() != janus)
		_exit(0);
	/* Those among the fixed numbers move out of each other's way first. */
	for(int fd = 0; fd < CHILD_FDS; fd++) {
		parked[fd] = fds[fd] < CHILD_FDS ? fcntl(fds[fd], F_DUPFD, CHILD_FDS) : fds[fd];
		if(parked[fd] < 0) {
			dup2(fds[2], 2); /* where the log hears it */
			die("too few descriptors are allowed (LimitNOFILE=, ulimit -n)");
		}
	}
	for(int fd = 0; fd < CHILD_FDS; fd++)
		if(dup2(parked[fd], fd) < 0)
			die("dup2");
	if(syscall(SYS_close_range, CHILD_FDS, ~0u, 0) < 0)
		for(int fd = CHILD_FDS; fd < 65536; fd++)
			close(fd);
	for(int number = 1; number < NSIG; number++)
		sigaction(number, &action, NULL);
	/* Janus ends us; a signal to the whole group or control group must not come first. */
	action.sa_handler = SIG_IGN;
	int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	for(size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		sigaction(ignored[i], &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(path, argv, envp);
	die(path);
}

/* "OPTION=VALUE", owned; NULL without a value. */
static char *option_make(const char *option, const char *value) {
	char *text = NULL;
	if(value != NULL && asprintf(&text, "%s=%s", option, value) < 0)
		text = NULL;
	return text;
}

/* What the child may read, or NULL (owned): the configuration's folder, where its keys are, under both
 * its names if a link leads there, since Deno checks paths as they are written; for operators' modules
 * theirs, and the program, which their worker loads as well. */
static char *readable_make(const struct jz_settings *settings, const char *program) {
	const char *file = json_string_value(json_object_get(settings->source, "path")), *modules = settings->grants.read;
	const char *slash = file != NULL ? strrchr(file, '/') : NULL;
	char *folder = slash != NULL && slash != file ? strndup(file, (size_t)(slash - file)) : NULL;
	char *real = folder != NULL ? realpath(folder, NULL) : NULL, *readable = NULL;
	/* A comma would be the end of the path, and Deno 2.9 has no way to write one. */
	if(real != NULL && strchr(folder, ',') == NULL && strchr(real, ',') == NULL &&
			asprintf(&readable, "%s%s%s", folder, strcmp(real, folder) ? "," : "", strcmp(real, folder) ? real : "") < 0)
		readable = NULL;
	if(modules != NULL) {
		char *own = readable;
		if(asprintf(&readable, "%s%s%s,%s", own != NULL ? own : "", own != NULL ? "," : "", program, modules) < 0)
			readable = NULL;
		free(own);
	}
	free(real);
	free(folder);
	return readable;
}

#define OPTIONS_MAX 32

/* Deno's command line. `owned` gets what is to be freed. */
static void options_make(char **argv, char **owned, const char *path, const char *program, const struct jz_settings *settings) {
	static const char *const fixed[] = { "run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--no-npm", "--no-remote",
		"--cached-only", "--no-code-cache", "--unstable-worker-options", "--ext", "js", "--allow-ffi" };
	const struct jz_grants *grants = &settings->grants;
	char *readable = readable_make(settings, program);
	size_t count = 0, made = 0;
	argv[count++] = (char *)(uintptr_t)path;
	for(size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		argv[count++] = (char *)(uintptr_t)fixed[i];
	if(asprintf(&owned[made], "--v8-flags=--max-old-space-size=%d,--max-semi-space-size=1%s", settings->max_heap, settings->jitless ? ",--jitless" : "") >= 0)
		made++;
	owned[made++] = option_make("--allow-read", readable);
	if(grants->read != NULL) {
		owned[made++] = option_make("--allow-net", grants->net);
		owned[made++] = option_make("--allow-env", grants->env);
		if(asprintf(&owned[made], "--import-map=/proc/self/fd/%d", JZ_FD_IMPORTS) >= 0)
			made++;
	}
	free(readable);
	for(size_t i = 0; i < made; i++)
		if(owned[i] != NULL)
			argv[count++] = owned[i];
	argv[count++] = (char *)(uintptr_t)program;
	argv[count] = NULL;
}

/* From scratch: nothing of Janus's environment may change what Deno does. What modules may see is
 * passed on. Where libzmq is kept in a folder of its own, Janus's loader path is how operators say so. */
static char **environment_make(const char *path_variable, const char *library_path, char **granted) {
	const char *fixed[] = { path_variable, "NO_COLOR=1", "DENO_NO_UPDATE_CHECK=1", "DENO_DIR=/dev/null/none",
		/* Two heaps for a dozen threads, of which two do all the work: the others would each keep some MiB. */
		"MALLOC_ARENA_MAX=2", library_path };
	size_t count = 0, more = 0;
	while(granted != NULL && granted[more] != NULL)
		more++;
	char **envp = calloc(sizeof fixed / sizeof *fixed + more + 1, sizeof *envp);
	for(size_t i = 0; envp != NULL && i < sizeof fixed / sizeof *fixed; i++)
		if(fixed[i] != NULL)
			envp[count++] = (char *)(uintptr_t)fixed[i];
	for(size_t i = 0; envp != NULL && i < more; i++)
		envp[count++] = granted[i];
	return envp;
}

static pid_t child_fork(const int *fds, const char *path, const struct jz_settings *settings) {
	char program[32], path_variable[sizeof DEFAULT_PATH + 8];
	char *argv[OPTIONS_MAX], *owned[OPTIONS_MAX] = { NULL };
	char *library_path = option_make("LD_LIBRARY_PATH", getenv("LD_LIBRARY_PATH"));
	char **granted = jz_grants_environment(&settings->grants);
	pid_t janus = getpid(), pid = -1;
	snprintf(program, sizeof program, "/proc/self/fd/%d", JZ_FD_PROGRAM);
	snprintf(path_variable, sizeof path_variable, "PATH=%s", DEFAULT_PATH);
	options_make(argv, owned, path, program, settings);
	char **envp = environment_make(path_variable, library_path, granted);
	if(envp != NULL) {
		pid = fork();
		if(pid == 0)
			child_run(fds, janus, path, argv, envp);
	}
	int error = errno;
	for(size_t i = 0; i < OPTIONS_MAX; i++)
		free(owned[i]);
	free(envp);
	jz_environment_free(granted);
	free(library_path);
	errno = error;
	return pid;
}

int jz_child_spawn(struct jz_child *child, const struct jz_outfit *outfit, const struct jz_link *link,
		const struct jz_settings *settings, int boot_fd, char **reason) {
	int out[2] = { -1, -1 }, err[2] = { -1, -1 }, null_fd = -1, result = -ENOENT;
	*child = (struct jz_child){ 0, -1, -1, -1 };
	*reason = NULL;
	char *path = jz_deno_find(settings->deno, reason);
	if(path == NULL)
		return result;
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if(null_fd < 0 || pipe2(out, O_CLOEXEC | O_NONBLOCK) < 0 || pipe2(err, O_CLOEXEC | O_NONBLOCK) < 0)
		goto failed;
	/* Only our end must not block. */
	fcntl(out[1], F_SETFL, 0);
	fcntl(err[1], F_SETFL, 0);
	const int fds[CHILD_FDS] = {
		[0] = null_fd, [1] = out[1], [2] = err[1],
		[JZ_FD_MEMORY] = link->memory_fd, [JZ_FD_WAKE_ISOLATE] = link->wake_isolate_fd, [JZ_FD_WAKE_JANUS] = link->wake_janus_fd,
		[JZ_FD_LIFELINE] = outfit->lifeline[0], [JZ_FD_PROGRAM] = outfit->program_fd, [JZ_FD_LIBRARY] = outfit->library_fd,
		[JZ_FD_BOOT] = boot_fd, [JZ_FD_IMPORTS] = outfit->imports_fd,
	};
	child->pid = child_fork(fds, path, settings);
	if(child->pid < 0)
		goto failed;
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if(child->pidfd < 0) {
		result = -errno;
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
		errno = -result;
		goto failed;
	}
	child->out_fd = out[0];
	child->err_fd = err[0];
	out[0] = err[0] = -1;
	result = 0;

failed:
	if(result != 0) {
		result = -errno;
		if(asprintf(reason, "cannot start %s: %s", path, jz_error_text(-result)) < 0)
			*reason = NULL;
		child->pid = 0;
	}
	fd_close(&null_fd);
	for(int i = 0; i < 2; i++) {
		fd_close(&out[i]);
		fd_close(&err[i]);
	}
	free(path);
	return result;
}

void jz_child_reap(struct jz_child *child, char *text, size_t size) {
	siginfo_t info = { 0 };
	int result;
	do
		result = waitid((idtype_t)P_PIDFD, (id_t)child->pidfd, &info, WEXITED);
	while(result < 0 && errno == EINTR);
	if(result < 0)
		snprintf(text, size, "ended (%s)", strerror(errno));
	else if(info.si_code == CLD_EXITED)
		snprintf(text, size, "exited with code %d", info.si_status);
	else
		snprintf(text, size, "was ended by signal %d (%s)", info.si_status, strsignal(info.si_status));
	fd_close(&child->pidfd);
	fd_close(&child->out_fd);
	fd_close(&child->err_fd);
	child->pid = 0;
}
