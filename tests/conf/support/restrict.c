/* Runs a command as systemd runs a service with these settings, as far as a filter of system calls does it:
 * restrict CALLS FAMILIES COMMAND...; both lists with commas. What else is called fails with EPERM, other families
 * with EAFNOSUPPORT. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(int result, const char *what) {
	if(result >= 0)
		return;
	fprintf(stderr, "restrict: %s: %s\n", what, strerror(-result));
	exit(125);
}

static scmp_filter_ctx begin(uint32_t action) {
	scmp_filter_ctx filter = seccomp_init(action);
	if(filter == NULL)
		check(-ENOMEM, "seccomp_init");
	return filter;
}

static void end(scmp_filter_ctx filter) {
	check(seccomp_load(filter), "seccomp_load");
	seccomp_release(filter);
}

/* SystemCallFilter=, with SystemCallErrorNumber=EPERM. */
static void calls_allow(char *names) {
	scmp_filter_ctx filter = begin(SCMP_ACT_ERRNO(EPERM));
	int known = 0;
	for(char *name = strtok(names, ","); name != NULL; name = strtok(NULL, ",")) {
		int call = seccomp_syscall_resolve_name(name);
		/* Those of other processors have negative numbers. */
		if(call < 0)
			continue;
		check(seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0), name);
		known++;
	}
	check(known > 100 ? 0 : -EINVAL, "too few system calls");
	end(filter);
}

/* RestrictAddressFamilies= */
static void families_allow(char *names) {
	static const struct { const char *name; unsigned number; } known[] = {
		{ "AF_UNIX", AF_UNIX }, { "AF_INET", AF_INET }, { "AF_INET6", AF_INET6 }, { "AF_NETLINK", AF_NETLINK },
	};
	bool allowed[AF_MAX] = { false };
	for(char *name = strtok(names, ","); name != NULL; name = strtok(NULL, ",")) {
		size_t i = 0;
		while(i < sizeof known / sizeof *known && strcmp(known[i].name, name))
			i++;
		check(i < sizeof known / sizeof *known ? 0 : -EINVAL, name);
		allowed[known[i].number] = true;
	}
	scmp_filter_ctx filter = begin(SCMP_ACT_ALLOW);
	for(unsigned family = 0; family < AF_MAX; family++)
		if(!allowed[family])
			check(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, family)), "socket");
	end(filter);
}

/* RestrictNamespaces=, RestrictRealtime=, RestrictSUIDSGID= and LockPersonality=. */
static void rest_forbid(void) {
	static const uint64_t spaces[] = { CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP };
	static const unsigned realtime[] = { SCHED_FIFO, SCHED_RR, SCHED_DEADLINE };
	const uint32_t no = SCMP_ACT_ERRNO(EPERM);
	scmp_filter_ctx filter = begin(SCMP_ACT_ALLOW);
	for(size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
		check(seccomp_rule_add(filter, no, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, spaces[i], spaces[i])), "clone");
		check(seccomp_rule_add(filter, no, SCMP_SYS(unshare), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, spaces[i], spaces[i])), "unshare");
	}
	check(seccomp_rule_add(filter, no, SCMP_SYS(setns), 0), "setns");
	/* Its flags lie in memory, where no filter sees them. */
	check(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0), "clone3");
	for(size_t i = 0; i < sizeof realtime / sizeof *realtime; i++)
		check(seccomp_rule_add(filter, no, SCMP_SYS(sched_setscheduler), 1, SCMP_A1(SCMP_CMP_EQ, realtime[i])), "sched_setscheduler");
	for(unsigned bit = S_ISGID; bit <= S_ISUID; bit <<= 1) {
		check(seccomp_rule_add(filter, no, SCMP_SYS(chmod), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, bit, bit)), "chmod");
		check(seccomp_rule_add(filter, no, SCMP_SYS(fchmod), 1, SCMP_A1(SCMP_CMP_MASKED_EQ, bit, bit)), "fchmod");
		check(seccomp_rule_add(filter, no, SCMP_SYS(fchmodat), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, bit, bit)), "fchmodat");
	}
	check(seccomp_rule_add(filter, no, SCMP_SYS(personality), 1, SCMP_A0(SCMP_CMP_NE, 0)), "personality");
	end(filter);
}

int main(int argc, char **argv) {
	if(argc < 4)
		check(-EINVAL, "CALLS FAMILIES COMMAND...");
	check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0, "prctl");
	/* The last one may forbid seccomp itself. */
	rest_forbid();
	families_allow(argv[2]);
	calls_allow(argv[1]);
	execvp(argv[3], argv + 3);
	check(-errno, argv[3]);
}
