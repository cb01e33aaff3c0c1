#include "control.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char *setting_type(json_t *setting) {
	const char *type = json_string_value(json_object_get(setting, "type"));
	return type != NULL ? type : "";
}

/* "a", "b" or "c" of a list of names. Owned. */
static json_t *names_join(json_t *names) {
	json_t *joined = json_string(""), *name;
	size_t i;
	json_array_foreach(names, i, name) {
		json_t *longer = json_sprintf("%s%s\"%s\"", json_string_value(joined), i > 0 ? ", " : "", json_string_value(name));
		json_decref(joined);
		joined = longer;
	}
	return joined;
}

static json_t *names_of(json_t *object) {
	json_t *names = json_array(), *value;
	const char *key;
	json_object_foreach(object, key, value)
		json_array_append_new(names, json_string(key));
	json_t *joined = names_join(names);
	json_decref(names);
	return joined;
}

static bool enum_has(json_t *values, json_t *value) {
	json_t *allowed;
	size_t i;
	json_array_foreach(values, i, allowed)
		if(json_equal(allowed, value))
			return true;
	return false;
}

/* One label, without blanks around it and in any case, as Janus takes them. */
static bool label_is(json_t *labels, const char *text, size_t length) {
	json_t *label;
	size_t i;
	json_array_foreach(labels, i, label)
		if(json_string_length(label) == length && !strncasecmp(json_string_value(label), text, length))
			return true;
	return false;
}

static bool labels_are(json_t *setting, const char *text) {
	for(bool first = true;; first = false) {
		text += strspn(text, " \t");
		size_t whole = strcspn(text, ","), length = whole;
		while(length > 0 && strchr(" \t", text[length - 1]) != NULL)
			length--;
		bool last = text[whole] == '\0';
		if(!label_is(json_object_get(setting, "values"), text, length) &&
				!(first && last && label_is(json_object_get(setting, "alone"), text, length)))
			return false;
		if(last)
			return true;
		text += whole + 1;
	}
}

/* The labels as one text, though they may come in a list, as info shows them; NULL if they are neither. Owned. */
static json_t *labels_text(json_t *value) {
	if(!json_is_array(value))
		return json_incref(value);
	json_t *joined = json_string(json_array_size(value) == 0 ? "none" : ""), *label;
	size_t i;
	json_array_foreach(value, i, label) {
		json_t *longer = json_is_string(label) ? json_sprintf("%s%s%s", json_string_value(joined), i > 0 ? "," : "", json_string_value(label)) : NULL;
		json_decref(joined);
		joined = longer;
		if(joined == NULL)
			break;
	}
	return joined;
}

static json_t *labels_fault(const char *path, json_t *setting, json_t *value) {
	if(json_is_string(value) && labels_are(setting, json_string_value(value)))
		return NULL;
	json_t *values = names_join(json_object_get(setting, "values")), *alone = names_join(json_object_get(setting, "alone"));
	json_t *fault = json_sprintf("%s: one of %s, or some of %s separated by commas or in a list", path, json_string_value(alone), json_string_value(values));
	json_decref(values);
	json_decref(alone);
	return fault;
}

/* NULL if the value may be set, else why not. Owned. */
static json_t *value_fault(const char *path, json_t *setting, json_t *value) {
	const char *type = setting_type(setting);
	if(!strcmp(type, "boolean"))
		return json_is_boolean(value) ? NULL : json_sprintf("%s: true or false", path);
	if(!strcmp(type, "labels"))
		return labels_fault(path, setting, value);
	if(!strcmp(type, "integer")) {
		bool switched = json_object_get(setting, "switch") != NULL;
		json_int_t min = json_integer_value(json_object_get(setting, "min")), max = json_integer_value(json_object_get(setting, "max"));
		if(json_is_integer(value) && json_integer_value(value) >= min && json_integer_value(value) <= max)
			return NULL;
		if(switched && json_is_boolean(value))
			return NULL;
		return json_sprintf("%s: an integer from %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT "%s", path, min, max,
			switched ? ", true or false" : "");
	}
	json_t *values = json_object_get(setting, "values");
	if(!strcmp(type, "enum") && enum_has(values, value))
		return NULL;
	json_t *joined = names_join(values), *fault = json_sprintf("%s: one of %s", path, json_string_value(joined));
	json_decref(joined);
	return fault;
}

/* Where a key is that was named without its group, or with it in one word. Owned; NULL if nowhere. */
static json_t *group_hint(json_t *settings, const char *key) {
	const char *group, *inner;
	json_t *setting, *value;
	json_object_foreach(settings, group, setting) {
		json_object_foreach(json_object_get(setting, "keys"), inner, value) {
			size_t length = strlen(group);
			bool whole = !strncmp(key, group, length) && key[length] == '.' && !strcmp(key + length + 1, inner);
			if(whole || !strcmp(key, inner))
				return json_sprintf("there is no %s to change; there is %s.%s: {\"%s\": {\"%s\": ...}}", key, group, inner, group, inner);
		}
	}
	return NULL;
}

/* Why there is nothing to change by this name. Owned. */
static json_t *unknown_fault(json_t *settings, const char *prefix, const char *key, const char *name) {
	json_t *fault = *prefix == '\0' ? group_hint(settings, key) : NULL;
	if(fault != NULL)
		return fault;
	if(json_object_size(settings) == 0) /* only modules can be none */
		return *prefix != '\0' ? json_sprintf("no %s are loaded", prefix) : json_sprintf("there is no %s to change", name);
	json_t *known = names_of(settings);
	fault = json_sprintf("there is no %s to change; there are: %s", name, json_string_value(known));
	json_decref(known);
	return fault;
}

static json_t *group_check(json_t *settings, json_t *request, const char *prefix, json_t **error) {
	json_t *changes = json_object(), *value;
	const char *key;
	json_object_foreach(request, key, value) {
		if(*prefix == '\0' && !strcmp(key, "request"))
			continue;
		json_t *path = json_sprintf("%s%s%s", prefix, *prefix != '\0' ? "." : "", key), *setting = json_object_get(settings, key);
		const char *name = json_string_value(path);
		if(setting == NULL) {
			*error = unknown_fault(settings, prefix, key, name != NULL ? name : "this");
		} else if(!strcmp(setting_type(setting), "group")) {
			json_t *inner = json_is_object(value) ? group_check(json_object_get(setting, "keys"), value, name, error) : NULL;
			if(inner != NULL)
				json_object_set_new(changes, key, inner);
			else if(*error == NULL)
				*error = json_sprintf("%s: an object", name);
		} else {
			json_t *plain = !strcmp(setting_type(setting), "labels") ? labels_text(value) : json_incref(value);
			*error = value_fault(name, setting, plain);
			json_object_set_new(changes, key, plain);
		}
		json_decref(path);
		if(*error != NULL) {
			json_decref(changes);
			return NULL;
		}
	}
	return changes;
}

json_t *jz_control_check(json_t *settings, json_t *request, json_t **error) {
	*error = NULL;
	return group_check(settings, request, "", error);
}

void jz_control_merge(json_t *target, json_t *changes) {
	const char *key;
	json_t *value;
	json_object_foreach(changes, key, value) {
		json_t *there = json_object_get(target, key);
		if(json_is_object(there) && json_is_object(value))
			jz_control_merge(there, value);
		else /* a copy: later merges change what the target holds */
			json_object_set_new(target, key, json_deep_copy(value));
	}
}
