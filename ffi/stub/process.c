#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "turns.h"

/* glibc 2.36 brought this; the kernel (5.4) is what matters. */
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define EXPENDABLE_OOM "500"

const char *jz_error_text(int error) {
	return error == EMFILE ? "too few descriptors are allowed: raise LimitNOFILE= in systemd, or ulimit -n" : strerror(error);
}

void jz_fd_close(int *fd) {
	if(*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- between fork and exec: only async-signal-safe calls ---- */

static void say(const char *text) {
	if(write(2, text, strlen(text)) < 0)
		return; /* to the log pipe; the exit code tells as well */
}

/* "WHAT: error N" */
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

/* A file of /proc's. */
static void note_write(const char *path, const char *text) {
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if(fd >= 0 && write(fd, text, strlen(text)) < 0)
		say("cannot write to /proc\n"); /* it is not for us to fail of it */
	if(fd >= 0)
		close(fd);
}

static void limits_set(const struct jz_launch *launch) {
	struct rlimit data = { launch->data, launch->data }, none = { 0, 0 };
	if(launch->data != RLIM_INFINITY && setrlimit(RLIMIT_DATA, &data) < 0)
		die("setrlimit");
	/* A core would hold keys and passwords; where cores go to a program, which has no limit, it is empty. */
	if(setrlimit(RLIMIT_CORE, &none) < 0)
		die("setrlimit");
	note_write("/proc/self/coredump_filter", "0");
	/* Not for threads of Janus's: who forbids this call may have whoever makes it ended. */
	if(launch->unhurried)
		jz_turns_patient(0);
	else
		jz_turns_short(0);
	if(launch->expendable)
		note_write("/proc/self/oom_score_adj", EXPENDABLE_OOM);
}

/* Gives the descriptors their numbers, and closes all others. */
static void descriptors_set(const int *fds, int count) {
	int parked[JZ_LAUNCH_FDS];
	/* Those among the fixed numbers move out of each other's way first. */
	for(int fd = 0; fd < count; fd++) {
		parked[fd] = fds[fd] < count ? fcntl(fds[fd], F_DUPFD, count) : fds[fd];
		if(parked[fd] < 0) {
			dup2(fds[2], 2); /* where the log hears it */
			die("too few descriptors are allowed (LimitNOFILE=, ulimit -n)");
		}
	}
	for(int fd = 0; fd < count; fd++)
		if(dup2(parked[fd], fd) < 0)
			die("dup2");
	if(syscall(SYS_close_range, count, ~0u, 0) < 0)
		for(int fd = count; fd < 65536; fd++)
			close(fd);
}

/* Janus alone ends us. What is meant for it and sent to its whole group or control group, such as SIGTERM or the
 * signal that has it open its log anew, waits for ever: ignored would not do, as Deno asks for some (SIGUSR1
 * opens its debugger). */
static void signals_set(void) {
	static const int faults[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP };
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t blocked;
	for(int number = 1; number < NSIG; number++)
		sigaction(number, &action, NULL);
	sigfillset(&blocked);
	for(size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		sigdelset(&blocked, faults[i]);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}

__attribute__((noreturn)) static void child_run(const struct jz_launch *launch, const int *fds, pid_t janus) {
	setsid();
	/* Ends with the thread that forked; the lifeline is for where this fails. */
	if(!launch->outlives)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if(getppid() != janus)
		_exit(0);
	descriptors_set(fds, launch->count);
	limits_set(launch);
	signals_set();
	execve(launch->argv[0], launch->argv, launch->envp);
	die(launch->argv[0]);
}

/* ---- in Janus ---- */

/* Returns 0 or -errno. */
static int process_fork(struct jz_process *process, const struct jz_launch *launch, const int *fds) {
	pid_t janus = getpid(), pid = fork();
	if(pid == 0)
		child_run(launch, fds, janus);
	if(pid < 0)
		return -errno;
	process->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if(process->pidfd < 0) {
		int result = -errno;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		return result;
	}
	process->pid = pid;
	return 0;
}

/* A pipe for its output: only our end, the first, must not block. Returns 0 or -errno. */
static int pipe_make(int ends[2]) {
	if(pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	return fcntl(ends[1], F_SETFL, 0) < 0 ? -errno : 0;
}

int jz_process_launch(struct jz_process *process, const struct jz_launch *launch) {
	int null_fd = -1, out[2] = { -1, -1 }, err[2] = { -1, -1 }, fds[JZ_LAUNCH_FDS], result = 0;
	*process = (struct jz_process)JZ_NO_PROCESS;
	memcpy(fds, launch->fds, sizeof fds);
	if(fds[0] < 0) {
		fds[0] = null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		result = null_fd < 0 ? -errno : 0;
	}
	if(result == 0 && fds[1] < 0) {
		result = pipe_make(out);
		fds[1] = out[1];
	}
	if(result == 0 && fds[2] < 0) {
		result = pipe_make(err);
		fds[2] = err[1];
	}
	if(result == 0)
		result = process_fork(process, launch, fds);
	if(result == 0) {
		process->out_fd = out[0];
		process->err_fd = err[0];
		out[0] = err[0] = -1;
	}
	jz_fd_close(&null_fd);
	for(int i = 0; i < 2; i++) {
		jz_fd_close(&out[i]);
		jz_fd_close(&err[i]);
	}
	return result;
}

void jz_process_kill(const struct jz_process *process) {
	if(process->pid != 0)
		kill(process->pid, SIGKILL); /* not reaped yet, so the number is still its */
}

int jz_process_reap(struct jz_process *process, char *text, size_t size) {
	siginfo_t info = { 0 };
	int result;
	do
		result = waitid((idtype_t)P_PIDFD, (id_t)process->pidfd, &info, WEXITED);
	while(result < 0 && errno == EINTR);
	if(result < 0)
		snprintf(text, size, "ended (%s)", strerror(errno));
	else if(info.si_code == CLD_EXITED)
		snprintf(text, size, "exited with code %d", info.si_status);
	else
		snprintf(text, size, "was ended by signal %d (%s)", info.si_status, strsignal(info.si_status));
	jz_fd_close(&process->pidfd);
	jz_fd_close(&process->out_fd);
	jz_fd_close(&process->err_fd);
	process->pid = 0;
	return result >= 0 && info.si_code == CLD_EXITED ? info.si_status : -1;
}
