#define _GNU_SOURCE
#include "spawn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deno.h"

#define CHILD_FDS (JZ_FD_CONTROL + 1)
#define COMPANION_FDS (JZ_COMPANION_FD_IMPORTS + 1)
_Static_assert(CHILD_FDS <= JZ_LAUNCH_FDS, "descriptors");

#define MIB (1024ull * 1024)
/* What V8 and Deno map for themselves before a module has any memory: 550 MiB, seen with Deno 2.9. */
#define COMPANION_BASE (640 * MIB)
/* The stream's companion has some MiB of messages at a time. */
#define STREAM_HEAP 96

/* Starts Deno as it was called. Returns 0, or -errno with an owned `*reason`. */
static int deno_launch(struct jz_process *process, const struct jz_deno *deno, struct jz_launch *launch, char **reason) {
	launch->argv = deno->argv;
	launch->envp = deno->envp;
	int result = deno->envp == NULL ? -ENOMEM : jz_process_launch(process, launch);
	if(result < 0 && asprintf(reason, "cannot start %s: %s", deno->argv[0], jz_error_text(-result)) < 0)
		*reason = NULL;
	return result;
}

/* A small young generation, and a collection when the process rests: see plugins/host/rest.ts. */
#define HEAP ",--max-semi-space-size=1,--expose-gc"
/* Everything is compiled before it is used: what comes first would wait for it. A contradiction to V8 where nothing
 * may be compiled. */
#define COMPILED ",--no-lazy,--always-sparkplug"

int jz_child_spawn(struct jz_process *process, const struct jz_child_setup *setup, const struct jz_link *link,
		const struct jz_settings *settings, int boot_fd, int control_fd, char **reason) {
	struct jz_deno deno;
	struct jz_launch launch = {
		.fds = {
			[0] = -1, [1] = -1, [2] = -1,
			[JZ_FD_MEMORY] = link->memory_fd, [JZ_FD_WAKE_CHILD] = link->wake_child_fd, [JZ_FD_WAKE_JANUS] = link->wake_janus_fd,
			[JZ_FD_LIFELINE] = setup->lifeline[0], [JZ_FD_PROGRAM] = setup->program_fd, [JZ_FD_LIBRARY] = setup->library_fd,
			[JZ_FD_BOOT] = boot_fd, [JZ_FD_CONTROL] = control_fd,
		},
		.count = CHILD_FDS, .data = RLIM_INFINITY,
	};
	const char *flags = settings->jitless ? HEAP : HEAP COMPILED;
	int result = jz_deno_begin(&deno, settings, settings->max_heap, flags, reason);
	if(result == 0) {
		jz_deno_option(&deno, "--allow-ffi");
		jz_deno_option_value(&deno, "--allow-read", settings->readable);
		jz_deno_program(&deno, JZ_FD_PROGRAM);
		jz_deno_environment(&deno, JZ_HEAPS_TWO, NULL, true);
		result = deno_launch(process, &deno, &launch, reason);
	}
	jz_deno_free(&deno);
	return result;
}

int jz_companion_spawn(struct jz_process *process, const struct jz_child_setup *setup, const struct jz_settings *settings,
		int in_fd, int out_fd, char **reason) {
	struct jz_deno deno;
	const struct jz_grants *grants = &settings->grants;
	struct jz_launch launch = {
		.fds = {
			[0] = in_fd, [1] = out_fd, [2] = -1,
			[JZ_COMPANION_FD_PROGRAM] = setup->scripts_fd, [JZ_COMPANION_FD_IMPORTS] = setup->imports_fd,
		},
		.count = COMPANION_FDS, .expendable = true,
		.data = (rlim_t)(COMPANION_BASE + 2 * MIB * (unsigned)settings->modules_memory),
	};
	char *readable = jz_grants_readable(grants), **granted = jz_grants_environment(grants), imports[64];
	int result = jz_deno_begin(&deno, settings, settings->modules_memory, "", reason);
	if(result == 0 && readable == NULL)
		result = -ENOMEM;
	if(result == 0) {
		snprintf(imports, sizeof imports, "/proc/self/fd/%d", JZ_COMPANION_FD_IMPORTS);
		jz_deno_option_value(&deno, "--allow-read", readable);
		jz_deno_option_value(&deno, "--allow-net", grants->net);
		jz_deno_option_value(&deno, "--allow-env", grants->env);
		jz_deno_option_value(&deno, "--import-map", imports);
		jz_deno_program(&deno, JZ_COMPANION_FD_PROGRAM);
		jz_deno_environment(&deno, JZ_HEAPS_TWO, granted, false);
		result = deno_launch(process, &deno, &launch, reason);
	}
	jz_deno_free(&deno);
	jz_environment_free(granted);
	free(readable);
	return result;
}

/* Its buffers are given back at once: left to itself, glibc keeps 10 MiB that were in use at some time. */
static char trim[] = "MALLOC_TRIM_THRESHOLD_=131072", map[] = "MALLOC_MMAP_THRESHOLD_=65536";
static char *const stream_environment[] = { trim, map, NULL };

int jz_stream_spawn(struct jz_process *process, const struct jz_child_setup *setup, const struct jz_settings *settings,
		int in_fd, int out_fd, char **reason) {
	struct jz_deno deno;
	struct jz_launch launch = {
		.fds = { [0] = in_fd, [1] = out_fd, [2] = -1, [JZ_COMPANION_FD_PROGRAM] = setup->stream_fd },
		.count = JZ_COMPANION_FD_PROGRAM + 1, .outlives = true, .unhurried = true, .expendable = true,
		.data = (rlim_t)(COMPANION_BASE + 2 * MIB * STREAM_HEAP),
	};
	if(settings->stream.net == NULL) {
		*reason = strdup("there is no stream in the configuration");
		return -ENOENT;
	}
	int result = jz_deno_begin(&deno, settings, STREAM_HEAP, ",--max-semi-space-size=2", reason);
	if(result == 0) {
		jz_deno_option_value(&deno, "--allow-net", settings->stream.net);
		jz_deno_option_value(&deno, "--allow-read", settings->stream.readable);
		jz_deno_program(&deno, JZ_COMPANION_FD_PROGRAM);
		jz_deno_environment(&deno, JZ_HEAPS_ONE, stream_environment, false);
		result = deno_launch(process, &deno, &launch, reason);
	}
	jz_deno_free(&deno);
	return result;
}
