#include "rescue.h"

#include <inttypes.h>

#include "channel.h"
#include "log.h"

static bool down_is_sound(const struct jz_link *link) {
	struct jz_record record;
	const uint8_t *payload;
	uint64_t position = atomic_load(&link->down.control->head);
	int result;
	do
		result = jz_ring_peek(&link->down, &position, &record, &payload);
	while(result > 0);
	return result == 0;
}

static void rings_mend(struct jz_rescue *rescue, struct jz_link *link) {
	if(!rescue->spoilt && down_is_sound(link))
		return;
	jz_log(LOG_ERR, "The shared memory is spoilt; what stood in it is lost");
	jz_channel_lock();
	jz_link_reset(link);
	jz_channel_unlock();
	rescue->spoilt = false;
	rescue->poison = JZ_NO_POISON;
}

/* Finds the record that stands at a position, or behind a skip record there. Returns 1 if there is one, with
 * `*end` behind it; the position is the dead one's word. */
static int record_find(const struct jz_link *link, uint64_t at, struct jz_record *record, const uint8_t **payload, uint64_t *end) {
	int result;
	*end = atomic_load(&link->down.control->head);
	do
		result = jz_ring_peek(&link->down, end, record, payload);
	while(result == 1 && *end <= at);
	return result;
}

static void poison_check(struct jz_rescue *rescue, struct jz_link *link) {
	struct jz_record record;
	const uint8_t *payload;
	struct jz_ring_control *down = link->down.control;
	uint64_t at = atomic_load(&down->at), end;
	if(!atomic_load(&down->busy)) {
		rescue->poison = JZ_NO_POISON;
	} else if(rescue->poison != at) {
		rescue->poison = at;
	} else if(record_find(link, at, &record, &payload, &end) == 1) {
		jz_log(LOG_ERR, "A record was skipped, as the plugin's process ended twice while it handled it: kind %u, type %u, peer %u, session %" PRIu64 ", %u bytes",
			record.kind, record.type, record.peer, record.session, record.length);
		if(at == atomic_load(&down->head))
			jz_ring_consume(&link->down, end, false);
		else
			jz_ring_blank(&link->down, payload);
		rescue->poison = JZ_NO_POISON;
	}
}

void jz_rescue_rings(struct jz_rescue *rescue) {
	struct jz_link *link = jz_channel_link();
	rings_mend(rescue, link);
	poison_check(rescue, link);
}
