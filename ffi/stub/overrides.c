#include "overrides.h"

#include <pthread.h>

#include "control.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static json_t *overrides;

void jz_overrides_add(json_t *changes) {
	pthread_mutex_lock(&mutex);
	if(overrides == NULL)
		overrides = json_object();
	jz_control_merge(overrides, changes);
	pthread_mutex_unlock(&mutex);
}

json_t *jz_overrides_all(void) {
	pthread_mutex_lock(&mutex);
	json_t *copy = overrides != NULL ? json_deep_copy(overrides) : json_object();
	pthread_mutex_unlock(&mutex);
	return copy;
}

void jz_overrides_reset(void) {
	pthread_mutex_lock(&mutex);
	json_decref(overrides);
	overrides = NULL;
	pthread_mutex_unlock(&mutex);
}
