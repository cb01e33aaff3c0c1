/* The plugin's way to its child: the shared memory, and what any of Janus's threads may do with it.
 * One for each shared object, as there is one plugin. */
#ifndef JZ_CHANNEL_H
#define JZ_CHANNEL_H

#include <jansson.h>

#include "link.h"
#include "places.gen.h"

/* Refused records of the kind `counted` (0: of none) are counted by their type in shared memory as well, and
 * leave a gap in the sequence numbers. Returns 0 or -errno. */
int jz_channel_open(const char *name, uint64_t ring_bytes, uint16_t counted);

/* What is posted from now on is refused. */
void jz_channel_close(void);

/* Readies the memory for a new child, and shows it what was refused so far. */
void jz_channel_renew(void);

/* The memory itself: for the supervisor, which opens and closes the channel. */
struct jz_link *jz_channel_link(void);

/* Keeps everybody else out while the rings' bookkeeping is changed. Held for moments only. */
void jz_channel_lock(void);
void jz_channel_unlock(void);

/* Posts a record, or JSON text written straight into the ring; any thread, never blocks on the
 * child, safe when closed. Of the ring, `keep` in 1/8 is left to others. Returns 0 or -errno:
 * -EAGAIN full, -EMSGSIZE never fits, -EINVAL not JSON (all three are counted), -ESHUTDOWN closed. */
int jz_channel_post(const struct jz_record *record, unsigned keep);
int jz_channel_post_json(struct jz_record *record, json_t *json, size_t json_flags, unsigned keep);

/* The same for a kind of record that is JZ_NAMED: `name` (at most JZ_SIZE_NAME bytes, else it is left out)
 * stands before the JSON text. */
int jz_channel_post_named(struct jz_record *record, const char *name, json_t *json, size_t json_flags, unsigned keep);

/* Posts a record that must arrive, with `text` for a payload (NULL for none). One that finds the ring full
 * is kept, and so are those after it: they are posted, in order, before whatever is posted next, and by
 * jz_channel_settle. Any thread, safe when closed. Returns 0 or -errno: -ENOMEM, -EMSGSIZE, -ESHUTDOWN. */
int jz_channel_post_owed(const struct jz_record *record, const char *text);

/* Posts what is kept, as far as there is room: now and then. */
void jz_channel_settle(void);

/* Hands the child what Janus's admin wants of it. As jz_channel_post_json. */
int jz_channel_control(json_t *control);

/* Gives back the memory that a deep backlog has taken, if all of it is gone. Producers wait for a
 * fraction of a millisecond at most. */
void jz_channel_trim(void);

/* The jansson flags for what the configuration calls compact, plain or indented. */
size_t jz_json_flags(const char *format);

/* Why a post is refused. */
enum jz_refusal { JZ_REFUSED_FULL, JZ_REFUSED_OVERSIZED, JZ_REFUSED_INVALID, JZ_REFUSALS };

/* How many posts were refused. */
uint64_t jz_channel_refused(enum jz_refusal why);

/* How many of these were of the kind that is counted, and of this type: its index, or the last one. */
uint64_t jz_channel_refused_of(enum jz_refusal why, unsigned type);

/* Whether the process says that events wait for NATS. */
bool jz_channel_stream_away(void);

/* Sizes, use and refusals (owned), or NULL when closed. */
json_t *jz_channel_show(void);

/* What the child says of itself (owned), or NULL: see jz_status_read. */
json_t *jz_channel_status(void);

#endif
