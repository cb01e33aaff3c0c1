/* What one child leaves behind for the next. */
#ifndef JZ_RESCUE_H
#define JZ_RESCUE_H

#include <stdbool.h>
#include <stdint.h>

#define JZ_NO_POISON UINT64_MAX

struct jz_rescue {
	bool spoilt; /* nothing in the rings can be trusted */
	uint64_t poison; /* position of the record that was being handled at the last death, if any */
};

/* Readies the channel's rings for a new child: empties them if they are spoilt, or every child to
 * come would fail on them; takes out a record at which two children in a row have died, or it would
 * end them all. Only while there is none: a dying one may still write. */
void jz_rescue_rings(struct jz_rescue *rescue);

#endif
