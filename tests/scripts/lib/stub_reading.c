/* Loaded before `janus --help` runs: reads a configuration as the stub does, by Janus's own parser. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "settings.h"

__attribute__((constructor)) static void read_and_end(void) {
	const char *folder = getenv("STUB_READING_FOLDER"), *package = getenv("STUB_READING_PACKAGE");
	if(folder == NULL || package == NULL)
		return;
	struct jz_settings settings;
	char *reason = NULL;
	int result = jz_settings_read(&settings, folder, package, &reason);
	json_t *said = result == 0 ? json_object_get(settings.source, "tree") : NULL;
	if(said != NULL)
		json_dumpf(said, stdout, JSON_COMPACT);
	else
		printf("%s", reason != NULL ? reason : "");
	fflush(stdout);
	_exit(said != NULL ? 0 : 1);
}
