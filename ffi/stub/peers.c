#include "peers.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "channel.h"
#include "query.h"

/* As in log.c: this file is also opened where there is no Janus. */
#pragma weak janus_transport_session_create
#pragma weak janus_transport_session_destroy

/* A peer's id is a slot and, above it, how often the slot was used: a late reply finds nobody. */
#define SLOT_BITS 20u
#define SLOTS_MAX (1u << SLOT_BITS)
/* Answering 10,000 peers at once would hold up Janus's requests thread. */
#define CONNECTIONS_MAX 1000

/* Changed by the supervisor's thread only (and the one that destroys, once that has ended), under
 * table_mutex; so that thread may read without. Nothing of Janus's is called under it. */
static pthread_mutex_t table_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct jz_peer **peers;
static uint32_t slots;
static struct jz_peer *leaving; /* closed, with requests under way; that thread's only */

static uint32_t slot_of(uint32_t id) {
	return id & (SLOTS_MAX - 1);
}

struct jz_peer *jz_peer_find(uint32_t id) {
	uint32_t slot = slot_of(id);
	return slot < slots && peers[slot] != NULL && peers[slot]->id == id ? peers[slot] : NULL;
}

/* Any thread: Janus drops the last reference when it likes. */
static void peer_free(void *pointer) {
	struct jz_peer *peer = pointer;
	json_decref(peer->state);
	free(peer->sessions);
	free(peer);
}

/* Janus's threads: a session of the peer's began (or was claimed by it), or is its no more. */
void jz_peer_session_note(struct jz_peer *peer, guint64 session_id, bool over) {
	pthread_mutex_lock(&table_mutex);
	size_t i = 0;
	while(i < peer->sessions_count && peer->sessions[i] != session_id)
		i++;
	if(over && i < peer->sessions_count) {
		peer->sessions[i] = peer->sessions[--peer->sessions_count];
	} else if(!over && i == peer->sessions_count) {
		if(peer->sessions_count == peer->sessions_room) {
			size_t room = peer->sessions_room == 0 ? 4 : peer->sessions_room * 2;
			guint64 *more = realloc(peer->sessions, room * sizeof *more);
			if(more != NULL) {
				peer->sessions = more;
				peer->sessions_room = room;
			}
		}
		if(peer->sessions_count < peer->sessions_room)
			peer->sessions[peer->sessions_count++] = session_id;
	}
	pthread_mutex_unlock(&table_mutex);
}

/* Under table_mutex. */
static bool slots_grow(uint32_t slot) {
	uint32_t wanted = slots == 0 ? 64 : slots;
	while(wanted <= slot)
		wanted *= 2;
	if(wanted == slots)
		return true;
	struct jz_peer **more = realloc(peers, wanted * sizeof *peers);
	if(more == NULL)
		return false;
	memset(more + slots, 0, (wanted - slots) * sizeof *peers);
	peers = more;
	slots = wanted;
	return true;
}

bool jz_peer_open(uint32_t id, bool admin, const uint8_t *payload, size_t length) {
	uint32_t slot = slot_of(id);
	struct jz_peer *peer = calloc(1, sizeof *peer);
	if(peer == NULL)
		return false;
	peer->id = id;
	peer->admin = admin;
	peer->since = time(NULL);
	atomic_store(&peer->last_seen, peer->since);
	peer->state = json_loadb((const char *)payload, length, 0, NULL);
	peer->session = janus_transport_session_create(peer, peer_free);
	pthread_mutex_lock(&table_mutex);
	bool opened = slots_grow(slot) && peers[slot] == NULL;
	if(opened)
		peers[slot] = peer;
	pthread_mutex_unlock(&table_mutex);
	if(!opened)
		janus_transport_session_destroy(peer->session);
	return opened;
}

void jz_peer_change(struct jz_peer *peer, const uint8_t *payload, size_t length) {
	json_t *state = json_loadb((const char *)payload, length, 0, NULL);
	pthread_mutex_lock(&table_mutex);
	json_decref(peer->state);
	peer->state = state;
	pthread_mutex_unlock(&table_mutex);
}

void jz_peer_close(struct jz_peer *peer, void (*gone)(janus_transport_session *session)) {
	/* Before `gone`, which knows of all that was answered by then. */
	bool busy = atomic_load(&peer->in_flight) > 0;
	pthread_mutex_lock(&table_mutex);
	peers[slot_of(peer->id)] = NULL;
	pthread_mutex_unlock(&table_mutex);
	atomic_store(&peer->gone, true);
	if(gone != NULL)
		gone(peer->session);
	if(gone == NULL || !busy) {
		janus_transport_session_destroy(peer->session);
		return;
	}
	peer->leaving = leaving;
	leaving = peer;
}

void jz_peers_settle(void (*gone)(janus_transport_session *session)) {
	for(struct jz_peer **link = &leaving, *peer; (peer = *link) != NULL;) {
		if(gone != NULL && atomic_load(&peer->in_flight) > 0) {
			link = &peer->leaving;
			continue;
		}
		*link = peer->leaving;
		if(gone != NULL)
			gone(peer->session);
		janus_transport_session_destroy(peer->session);
	}
}

json_t *jz_peers_state(void) {
	json_t *list = json_array();
	pthread_mutex_lock(&table_mutex);
	for(uint32_t slot = 0; slot < slots; slot++) {
		struct jz_peer *peer = peers[slot];
		if(peer == NULL)
			continue;
		json_t *sessions = json_array();
		for(size_t i = 0; i < peer->sessions_count; i++)
			json_array_append_new(sessions, json_sprintf("%" PRIu64, peer->sessions[i])); /* beyond 2^53: text */
		json_array_append_new(list, json_pack("{sIsbsosO*}", "id", (json_int_t)peer->id, "admin", peer->admin,
			"sessions", sessions, "state", peer->state));
	}
	pthread_mutex_unlock(&table_mutex);
	return json_pack("{so}", "peers", list);
}

static json_t *connection_show(struct jz_peer *peer) {
	json_t *shown = json_pack("{sIsssIsIsIsi}", "id", (json_int_t)peer->id, "api", peer->admin ? "admin" : "janus",
		"since", (json_int_t)peer->since, "last_seen", (json_int_t)atomic_load(&peer->last_seen),
		"sessions", (json_int_t)peer->sessions_count, "in_flight", atomic_load(&peer->in_flight));
	json_t *state = json_object_get(peer->state, "shown");
	if(json_is_object(state))
		json_object_update(shown, state);
	return shown;
}

json_t *jz_peers_list(json_t *request) {
	json_t *list = json_array();
	json_int_t offset = json_integer_value(json_object_get(request, "offset")), total = 0;
	pthread_mutex_lock(&table_mutex);
	for(uint32_t slot = 0; slot < slots; slot++) {
		if(peers[slot] == NULL)
			continue;
		if(total++ >= offset && json_array_size(list) < CONNECTIONS_MAX)
			json_array_append_new(list, connection_show(peers[slot]));
	}
	pthread_mutex_unlock(&table_mutex);
	return json_pack("{sisIso}", "result", 200, "total", total, "connections", list);
}

/* Under table_mutex. */
static bool kick_matches(struct jz_peer *peer, json_t *request) {
	json_t *id = json_object_get(request, "id"), *shown = json_object_get(peer->state, "shown");
	static const char *const names[] = { "name", "identity", "address" };
	bool asked = id != NULL;
	if(id != NULL && json_integer_value(id) != (json_int_t)peer->id)
		return false;
	for(size_t i = 0; i < sizeof names / sizeof *names; i++) {
		json_t *wanted = json_object_get(request, names[i]);
		if(wanted == NULL)
			continue;
		if(!json_equal(wanted, json_object_get(shown, names[i])))
			return false;
		asked = true;
	}
	return asked;
}

json_t *jz_peers_kick(json_t *request) {
	json_t *ids = json_array();
	pthread_mutex_lock(&table_mutex);
	for(uint32_t slot = 0; slot < slots; slot++)
		if(peers[slot] != NULL && kick_matches(peers[slot], request))
			json_array_append_new(ids, json_integer(peers[slot]->id));
	pthread_mutex_unlock(&table_mutex);
	size_t count = json_array_size(ids);
	json_t *control = json_pack("{so}", "kick", ids), *answer;
	if(count == 0)
		answer = jz_query_error(JZ_QUERY_INVALID, "No such client: give the \"id\", \"name\", \"identity\" or \"address\" that connections shows");
	else if(jz_channel_control(control) < 0)
		answer = jz_query_error(JZ_QUERY_UNAVAILABLE, "The ring to the plugin's process is full: try again");
	else
		answer = json_pack("{sisI}", "result", 200, "kicked", (json_int_t)count);
	json_decref(control);
	return answer;
}

void jz_peers_close(void (*gone)(janus_transport_session *session)) {
	for(uint32_t slot = 0; slot < slots; slot++)
		if(peers[slot] != NULL)
			jz_peer_close(peers[slot], gone);
	jz_peers_settle(gone);
	pthread_mutex_lock(&table_mutex);
	free(peers);
	peers = NULL;
	slots = 0;
	pthread_mutex_unlock(&table_mutex);
}
