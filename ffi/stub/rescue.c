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

static void poison_check(struct jz_rescue *rescue, struct jz_link *link) {
	struct jz_record record;
	const uint8_t *payload;
	struct jz_ring_control *down = link->down.control;
	uint64_t position = atomic_load(&down->head);
	if(!atomic_load(&down->busy)) {
		rescue->poison = JZ_NO_POISON;
	} else if(rescue->poison != position) {
		rescue->poison = position;
	} else if(jz_ring_peek(&link->down, &position, &record, &payload) == 1) {
		jz_log(LOG_ERR, "A record was skipped, as the plugin's process ended twice while it handled it: kind %u, type %u, peer %u, session %" PRIu64 ", %u bytes",
			record.kind, record.type, record.peer, record.session, record.length);
		jz_ring_consume(&link->down, position, false);
		rescue->poison = JZ_NO_POISON;
	}
}

void jz_rescue_rings(struct jz_rescue *rescue) {
	struct jz_link *link = jz_channel_link();
	rings_mend(rescue, link);
	poison_check(rescue, link);
}
