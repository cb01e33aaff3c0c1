#include "integers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DECIMALS "0123456789"
#define HEXADECIMALS DECIMALS "abcdefABCDEF"
#define NAME_BEGINS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ*"
#define NAME_HAS NAME_BEGINS DECIMALS "-_"

/* ---- each as long as what begins here, 0 if that is something else ---- */

static size_t comment_length(const char *text) {
	if(*text == '#' || !strncmp(text, "//", 2))
		return strcspn(text, "\n");
	if(strncmp(text, "/*", 2) != 0)
		return 0;
	const char *end = strstr(text + 2, "*/");
	return end != NULL ? (size_t)(end - text) + 2 : strlen(text);
}

static size_t string_length(const char *text) {
	size_t length = 1;
	if(*text != '"')
		return 0;
	while(text[length] != '"' && text[length] != '\0')
		length += text[length] == '\\' && text[length + 1] != '\0' ? 2 : 1;
	return length + (text[length] == '"');
}

static size_t name_length(const char *text) {
	return strspn(text, NAME_BEGINS) > 0 ? strspn(text, NAME_HAS) : 0;
}

static size_t exponent_length(const char *text) {
	size_t sign = strspn(text, "eE") > 0 && (text[1] == '-' || text[1] == '+'), digits;
	if(strspn(text, "eE") == 0 || (digits = strspn(text + 1 + sign, DECIMALS)) == 0)
		return 0;
	return 1 + sign + digits;
}

static size_t number_length(const char *text, bool *fits) {
	const char *at = text + (*text == '-' || *text == '+');
	bool hexadecimal = at[0] == '0' && (at[1] == 'x' || at[1] == 'X') && strspn(at + 2, HEXADECIMALS) > 0;
	size_t digits = hexadecimal ? 2 + strspn(at + 2, HEXADECIMALS) : strspn(at, DECIMALS);
	size_t fraction = !hexadecimal && at[digits] == '.' ? 1 + strspn(at + digits + 1, DECIMALS) : 0;
	size_t exponent = hexadecimal || digits + fraction == 0 ? 0 : exponent_length(at + digits + fraction);
	size_t length = (size_t)(at - text) + digits + fraction + exponent;
	if(digits == 0 || fraction + exponent > 0) /* no integer */
		return digits + fraction > 0 ? length : 0;
	long long value = strtoll(text, NULL, hexadecimal ? 16 : 10);
	*fits = value >= INT32_MIN && value <= INT32_MAX;
	return length + strspn(text + length, "L");
}

bool jz_integers_beyond(const char *text, struct jz_integer *found) {
	size_t length;
	for(int line = 1; *text != '\0'; text += length) {
		bool fits = true;
		length = comment_length(text) + string_length(text) + name_length(text) + number_length(text, &fits);
		if(!fits) {
			*found = (struct jz_integer){ text, length, line };
			return true;
		}
		length += length == 0;
		for(size_t at = 0; at < length; at++)
			line += text[at] == '\n';
	}
	return false;
}
