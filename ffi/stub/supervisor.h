/* Starts the plugin's process, watches it, ends it: one thread, which also takes what the process sends. */
#ifndef JZ_SUPERVISOR_H
#define JZ_SUPERVISOR_H

#include "plugin.h"

/* Reads the configuration, starts the child and waits until it is ready. Returns 0; -1 when the plugin
 * cannot run: the reason is in the log, and nothing is left behind. */
int jz_supervisor_start(const struct jz_plugin *plugin, const char *folder);

/* Tells the child to flush and exit, and waits for it: a second and a half at most. Idempotent. */
void jz_supervisor_stop(void);

#endif
