#include "status.h"

/* The value of a counter as an integer, 0 for a place that there is not. */
static json_int_t counter_value(const struct jz_shared *shared, json_int_t place) {
	if(place < 0 || place >= (json_int_t)JZ_SIZE_COUNTERS)
		return 0;
	double value = atomic_load_explicit(&shared->counters[place], memory_order_relaxed);
	return value > -JZ_COUNT_MAX && value < JZ_COUNT_MAX ? (json_int_t)value : 0; /* no infinity, no NaN */
}

/* The number that an object stands for (owned), or NULL. */
static json_t *place_value(const struct jz_shared *shared, json_t *json) {
	json_t *place = json_object_get(json, "counter"), *places = json_object_get(json, "sum");
	if(json_object_size(json) != 1)
		return NULL;
	if(json_is_integer(place))
		return json_integer(counter_value(shared, json_integer_value(place)));
	if(!json_is_array(places))
		return NULL;
	json_int_t sum = 0;
	size_t i;
	json_array_foreach(places, i, place)
		sum += counter_value(shared, json_is_integer(place) ? json_integer_value(place) : -1);
	return json_integer(sum);
}

static void places_fill(const struct jz_shared *shared, json_t *json) {
	const char *key;
	void *next;
	json_t *value;
	size_t i;
	json_object_foreach_safe(json, next, key, value) {
		json_t *number = place_value(shared, value);
		if(number != NULL)
			json_object_set_new(json, key, number);
		else
			places_fill(shared, value);
	}
	if(json_is_array(json))
		json_array_foreach(json, i, value) {
			json_t *number = place_value(shared, value);
			if(number != NULL)
				json_array_set_new(json, i, number);
			else
				places_fill(shared, value);
		}
}

json_t *jz_status_read(const struct jz_link *link) {
	static char page[JZ_SIZE_STATUS_PAGE];
	json_t *status = json_loadb(page, jz_link_status_read(link, page, sizeof page), 0, NULL);
	if(!json_is_object(status)) {
		json_decref(status);
		return NULL;
	}
	places_fill(link->shared, status);
	return status;
}
