/* Preloaded into a Janus under valgrind: versions before 3.21 don't know pidfd_open(2). A pipe
 * stands in for a process's descriptor, and a thread writes into it when the process has ended. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#define PROCESSES 32
#define LOOK_EVERY_US 5000

static struct {
	pid_t pid; /* 0: free, or it has ended and its end was told */
	pid_t reaped; /* what waitid is to wait for */
	int fd, write_fd;
} processes[PROCESSES];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long (*real_syscall)(long, ...);
static int (*real_waitid)(idtype_t, id_t, siginfo_t *, int);

static void *watch(void *argument) {
	(void)argument;
	for(;;) {
		usleep(LOOK_EVERY_US);
		pthread_mutex_lock(&mutex);
		for(int i = 0; i < PROCESSES; i++) {
			siginfo_t info = { 0 };
			if(processes[i].pid == 0 || real_waitid(P_PID, (id_t)processes[i].pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
				continue;
			processes[i].pid = 0;
			if(write(processes[i].write_fd, "", 1) < 0)
				_exit(99);
			close(processes[i].write_fd);
		}
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

__attribute__((constructor)) static void begin(void) {
	pthread_t thread;
	real_waitid = (int (*)(idtype_t, id_t, siginfo_t *, int))dlsym(RTLD_NEXT, "waitid");
	pthread_create(&thread, NULL, watch, NULL);
}

static long process_open(pid_t pid) {
	int fds[2], i = 0;
	if(pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	pthread_mutex_lock(&mutex);
	while(i < PROCESSES - 1 && processes[i].pid != 0)
		i++;
	/* An older entry of the same number is that of a descriptor closed since. */
	for(int j = 0; j < PROCESSES; j++)
		if(processes[j].fd == fds[0])
			processes[j].fd = -1;
	processes[i].pid = processes[i].reaped = pid;
	processes[i].fd = fds[0];
	processes[i].write_fd = fds[1];
	pthread_mutex_unlock(&mutex);
	return fds[0];
}

long syscall(long number, ...) {
	long a[6];
	va_list arguments;
	va_start(arguments, number);
	for(int i = 0; i < 6; i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
	if(number == SYS_pidfd_open)
		return process_open((pid_t)a[0]);
	/* Others' constructors may come here before ours ran. */
	if(real_syscall == NULL)
		real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options) {
	if((int)type != P_PIDFD)
		return real_waitid(type, id, info, options);
	pid_t pid = 0;
	pthread_mutex_lock(&mutex);
	for(int i = 0; i < PROCESSES; i++)
		if(processes[i].fd == (int)id)
			pid = processes[i].reaped;
	pthread_mutex_unlock(&mutex);
	if(pid != 0)
		return real_waitid(P_PID, (id_t)pid, info, options);
	errno = EBADF;
	return -1;
}
