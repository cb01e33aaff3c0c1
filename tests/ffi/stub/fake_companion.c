/* Stands in for Deno as a companion: does what each byte on its standard input says. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void report(int argc, char **argv) {
	extern char **environ;
	struct rlimit data, core;
	char adjustment[16] = "";
	int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC);
	if(fd >= 0) {
		if(read(fd, adjustment, sizeof adjustment - 1) < 0)
			adjustment[0] = '\0';
		close(fd);
	}
	for(fd = 0; fd < 1024; fd++)
		if(fcntl(fd, F_GETFD) >= 0)
			printf("descriptor %d\n", fd);
	for(int i = 0; i < argc; i++)
		printf("argument %s\n", argv[i]);
	for(char **variable = environ; *variable != NULL; variable++)
		printf("variable %s\n", *variable);
	getrlimit(RLIMIT_DATA, &data);
	getrlimit(RLIMIT_CORE, &core);
	printf("core %llu bytes\n", (unsigned long long)core.rlim_max);
	printf("data %llu MiB, adjustment %send\n", (unsigned long long)data.rlim_cur >> 20, adjustment);
	fflush(stdout);
}

int main(int argc, char **argv) {
	char byte;
	while(read(0, &byte, 1) == 1) {
		if(byte == 'r')
			report(argc, argv);
		else if(byte == 'x')
			_exit(3);
		else if(byte == 'h')
			for(;;)
				pause();
		else if(byte == 'e')
			fprintf(stderr, "a word\nand no newline");
		else if(write(1, &byte, 1) != 1)
			return 1;
	}
	return 0;
}
