#define _GNU_SOURCE
#include "spawn.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* glibc 2.36 brought this; the kernel (5.4) is what matters. */
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define ISOLATE_FDS (JZ_FD_CONTROL + 1)
#define COMPANION_FDS (JZ_COMPANION_FD_IMPORTS + 1)

#define MIB (1024ull * 1024)
/* What V8 and Deno map for themselves before a module has any memory: 550 MiB, seen with Deno 2.9. */
#define COMPANION_BASE (640 * MIB)
/* If the kernel must end somebody for memory, let it be a companion. */
#define COMPANION_OOM "500"

extern const char jz_program[], jz_program_end[], jz_scripts[], jz_scripts_end[], jz_imports[], jz_imports_end[];

/* A process in the making. */
struct launch {
	const int *fds; /* what is to be its descriptors 0, 1, ... */
	int count;
	char **argv, **envp;
	rlim_t data; /* bytes of private memory, RLIM_INFINITY for any */
	bool expendable;
};

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
	*outfit = (struct jz_outfit){ -1, -1, -1, -1, { -1, -1 } };

	outfit->program_fd = sealed_create("janus-zeromq.js", jz_program, jz_program_end);
	if(outfit->program_fd < 0)
		goto failed;
	outfit->scripts_fd = sealed_create("janus-zeromq-scripts.js", jz_scripts, jz_scripts_end);
	if(outfit->scripts_fd < 0)
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
	fd_close(&outfit->scripts_fd);
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

/* A file of /proc's, with calls that are safe after fork. */
static void note_write(const char *path, const char *text) {
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if(fd >= 0 && write(fd, text, strlen(text)) < 0)
		say("cannot write to /proc\n"); /* it is not for us to fail of it */
	if(fd >= 0)
		close(fd);
}

static void limits_set(const struct launch *launch) {
	struct rlimit data = { launch->data, launch->data }, none = { 0, 0 };
	if(launch->data != RLIM_INFINITY && setrlimit(RLIMIT_DATA, &data) < 0)
		die("setrlimit");
	if(!launch->expendable)
		return;
	setrlimit(RLIMIT_CORE, &none);
	note_write("/proc/self/oom_score_adj", COMPANION_OOM);
}

/* Between fork and exec: only async-signal-safe calls. */
__attribute__((noreturn)) static void child_run(const struct launch *launch, pid_t janus) {
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;
	int parked[ISOLATE_FDS];

	setsid();
	/* Ends with the thread that forked; the lifeline is for where this fails. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if(getppid() != janus)
		_exit(0);
	/* Those among the fixed numbers move out of each other's way first. */
	for(int fd = 0; fd < launch->count; fd++) {
		parked[fd] = launch->fds[fd] < launch->count ? fcntl(launch->fds[fd], F_DUPFD, launch->count) : launch->fds[fd];
		if(parked[fd] < 0) {
			dup2(launch->fds[2], 2); /* where the log hears it */
			die("too few descriptors are allowed (LimitNOFILE=, ulimit -n)");
		}
	}
	for(int fd = 0; fd < launch->count; fd++)
		if(dup2(parked[fd], fd) < 0)
			die("dup2");
	if(syscall(SYS_close_range, launch->count, ~0u, 0) < 0)
		for(int fd = launch->count; fd < 65536; fd++)
			close(fd);
	limits_set(launch);
	for(int number = 1; number < NSIG; number++)
		sigaction(number, &action, NULL);
	/* Janus ends us; a signal to the whole group or control group must not come first. */
	action.sa_handler = SIG_IGN;
	int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	for(size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		sigaction(ignored[i], &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(launch->argv[0], launch->argv, launch->envp);
	die(launch->argv[0]);
}

/* "OPTION=VALUE", owned; NULL without a value. */
static char *option_make(const char *option, const char *value) {
	char *text = NULL;
	if(value != NULL && asprintf(&text, "%s=%s", option, value) < 0)
		text = NULL;
	return text;
}

#define OPTIONS_MAX 32

/* A command line of Deno's in the making: texts that are lent, and owned ones. */
struct options {
	char *argv[OPTIONS_MAX + 1], *owned[OPTIONS_MAX];
	size_t count, made;
};

static void options_lend(struct options *options, const char *text) {
	options->argv[options->count++] = (char *)(uintptr_t)text;
}

static void options_own(struct options *options, char *text) {
	if(text == NULL)
		return;
	options->owned[options->made++] = text;
	options_lend(options, text);
}

static void options_free(struct options *options) {
	for(size_t i = 0; i < options->made; i++)
		free(options->owned[i]);
}

/* What every Deno is started with. */
static void options_begin(struct options *options, const char *path, const struct jz_settings *settings, int heap, const char *more) {
	static const char *const fixed[] = { "run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--no-npm", "--no-remote",
		"--cached-only", "--no-code-cache", "--ext", "js" };
	char *flags = NULL;
	*options = (struct options){ 0 };
	options_lend(options, path);
	for(size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		options_lend(options, fixed[i]);
	if(asprintf(&flags, "--v8-flags=--max-old-space-size=%d%s%s", heap, more, settings->jitless ? ",--jitless" : "") >= 0)
		options_own(options, flags);
}

static void program_add(struct options *options, int fd) {
	char *program = NULL;
	if(asprintf(&program, "/proc/self/fd/%d", fd) >= 0)
		options_own(options, program);
}

/* From scratch: nothing of Janus's environment may change what Deno does. What modules may see is
 * passed on to them. Where libzmq is kept in a folder of its own, Janus's loader path is how operators
 * say so. */
static char **environment_make(const char *library_path, char **granted) {
	static const char *const fixed[] = { "PATH=" DEFAULT_PATH, "NO_COLOR=1", "DENO_NO_UPDATE_CHECK=1", "DENO_DIR=/dev/null/none",
		/* Two heaps for a dozen threads, of which two do all the work: the others would each keep some MiB. */
		"MALLOC_ARENA_MAX=2" };
	size_t count = 0, more = 0;
	while(granted != NULL && granted[more] != NULL)
		more++;
	char **envp = calloc(sizeof fixed / sizeof *fixed + more + 2, sizeof *envp);
	for(size_t i = 0; envp != NULL && i < sizeof fixed / sizeof *fixed; i++)
		envp[count++] = (char *)(uintptr_t)fixed[i];
	if(envp != NULL && library_path != NULL)
		envp[count++] = (char *)(uintptr_t)library_path;
	for(size_t i = 0; envp != NULL && i < more; i++)
		envp[count++] = granted[i];
	return envp;
}

/* The pipes and the process. Returns 0 or -errno; then nothing is left open. */
static int launch_run(const struct launch *launch, struct jz_child *child) {
	pid_t janus = getpid();
	child->pid = fork();
	if(child->pid == 0)
		child_run(launch, janus);
	if(child->pid < 0) {
		child->pid = 0;
		return -errno;
	}
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if(child->pidfd >= 0)
		return 0;
	int result = -errno;
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	child->pid = 0;
	return result;
}

/* A pipe for a child's output: only our end, the first, must not block. Returns 0 or -errno. */
static int pipe_make(int ends[2]) {
	if(pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	return fcntl(ends[1], F_SETFL, 0) < 0 ? -errno : 0;
}

static int reason_set(char **reason, const char *path, int result) {
	if(result < 0 && asprintf(reason, "cannot start %s: %s", path, jz_error_text(-result)) < 0)
		*reason = NULL;
	return result;
}

int jz_isolate_spawn(struct jz_child *child, const struct jz_outfit *outfit, const struct jz_link *link,
		const struct jz_settings *settings, int boot_fd, int control_fd, char **reason) {
	int out[2] = { -1, -1 }, err[2] = { -1, -1 }, null_fd, result;
	struct options options;
	*child = (struct jz_child)JZ_NO_CHILD;
	*reason = NULL;
	char *path = jz_deno_find(settings->deno, reason);
	if(path == NULL)
		return -ENOENT;
	options_begin(&options, path, settings, settings->max_heap, ",--max-semi-space-size=1");
	char *library_path = option_make("LD_LIBRARY_PATH", getenv("LD_LIBRARY_PATH"));
	options_lend(&options, "--allow-ffi");
	options_own(&options, option_make("--allow-read", settings->readable));
	program_add(&options, JZ_FD_PROGRAM);
	char **envp = environment_make(library_path, NULL);
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	result = null_fd < 0 ? -errno : envp == NULL ? -ENOMEM : pipe_make(out);
	if(result == 0)
		result = pipe_make(err);
	if(result == 0) {
		const int fds[ISOLATE_FDS] = {
			[0] = null_fd, [1] = out[1], [2] = err[1],
			[JZ_FD_MEMORY] = link->memory_fd, [JZ_FD_WAKE_ISOLATE] = link->wake_isolate_fd, [JZ_FD_WAKE_JANUS] = link->wake_janus_fd,
			[JZ_FD_LIFELINE] = outfit->lifeline[0], [JZ_FD_PROGRAM] = outfit->program_fd, [JZ_FD_LIBRARY] = outfit->library_fd,
			[JZ_FD_BOOT] = boot_fd, [JZ_FD_CONTROL] = control_fd,
		};
		const struct launch launch = { .fds = fds, .count = ISOLATE_FDS, .argv = options.argv, .envp = envp, .data = RLIM_INFINITY };
		result = launch_run(&launch, child);
	}
	if(result == 0) {
		child->out_fd = out[0];
		child->err_fd = err[0];
		out[0] = err[0] = -1;
	}
	reason_set(reason, path, result);
	fd_close(&null_fd);
	for(int i = 0; i < 2; i++) {
		fd_close(&out[i]);
		fd_close(&err[i]);
	}
	options_free(&options);
	free(envp);
	free(library_path);
	free(path);
	return result;
}

int jz_companion_spawn(struct jz_child *child, const struct jz_outfit *outfit, const struct jz_settings *settings,
		int socket_fd, char **reason) {
	int err[2] = { -1, -1 };
	struct options options;
	const struct jz_grants *grants = &settings->grants;
	*child = (struct jz_child)JZ_NO_CHILD;
	*reason = NULL;
	char *path = jz_deno_find(settings->deno, reason);
	if(path == NULL)
		return -ENOENT;
	options_begin(&options, path, settings, settings->modules_memory, "");
	char *readable = jz_grants_readable(grants), **granted = jz_grants_environment(grants), *imports = NULL;
	options_own(&options, option_make("--allow-read", readable));
	options_own(&options, option_make("--allow-net", grants->net));
	options_own(&options, option_make("--allow-env", grants->env));
	if(asprintf(&imports, "--import-map=/proc/self/fd/%d", JZ_COMPANION_FD_IMPORTS) >= 0)
		options_own(&options, imports);
	program_add(&options, JZ_COMPANION_FD_PROGRAM);
	char **envp = environment_make(NULL, granted);
	int result = envp == NULL || readable == NULL ? -ENOMEM : pipe_make(err);
	if(result == 0) {
		const int fds[COMPANION_FDS] = {
			[0] = socket_fd, [1] = socket_fd, [2] = err[1],
			[JZ_COMPANION_FD_PROGRAM] = outfit->scripts_fd, [JZ_COMPANION_FD_IMPORTS] = outfit->imports_fd,
		};
		const struct launch launch = { .fds = fds, .count = COMPANION_FDS, .argv = options.argv, .envp = envp,
			.data = (rlim_t)(COMPANION_BASE + 2 * MIB * (unsigned)settings->modules_memory), .expendable = true };
		result = launch_run(&launch, child);
	}
	if(result == 0) {
		child->err_fd = err[0];
		err[0] = -1;
	}
	reason_set(reason, path, result);
	fd_close(&err[0]);
	fd_close(&err[1]);
	options_free(&options);
	free(envp);
	jz_environment_free(granted);
	free(readable);
	free(path);
	return result;
}

int jz_child_reap(struct jz_child *child, char *text, size_t size) {
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
	return result >= 0 && info.si_code == CLD_EXITED ? info.si_status : -1;
}
