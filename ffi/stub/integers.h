/* The integers in the text of a .jcfg. libconfig reads one beyond 32 bits as another, without a word: a limit
 * of 4294967296 would be 0, which is none. */
#ifndef JZ_INTEGERS_H
#define JZ_INTEGERS_H

#include <stdbool.h>
#include <stddef.h>

struct jz_integer {
	const char *text; /* borrowed */
	size_t length;
	int line;
};

/* Finds the first that does not fit into 32 bits with a sign, in strings and comments not. */
bool jz_integers_beyond(const char *text, struct jz_integer *found);

#endif
