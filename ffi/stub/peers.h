/* The transport's peers, each with the transport session that Janus knows it by. */
#ifndef JZ_PEERS_H
#define JZ_PEERS_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include <transports/transport.h>

struct jz_peer {
	uint32_t id;
	bool admin;
	_Atomic bool gone;
	janus_transport_session *session;
	time_t since; /* wall clock */
	_Atomic time_t last_seen;
	_Atomic int in_flight; /* requests that Janus has not answered */
	struct jz_peer *leaving; /* the next one that is gone and has some */
	/* Under table_mutex. */
	json_t *state; /* what a new child is told of it; `connections` shows it */
	guint64 *sessions; /* Janus sessions that it made or claimed and that live */
	size_t sessions_count, sessions_room;
};

/* The supervisor's thread only, which changes the table. */
struct jz_peer *jz_peer_find(uint32_t id);

/* `state` is JSON text for the next child. False if the id is taken or memory is short. */
bool jz_peer_open(uint32_t id, bool admin, const uint8_t *state, size_t length);
void jz_peer_change(struct jz_peer *peer, const uint8_t *state, size_t length);

/* Takes the peer out of the table and ends its transport session. In between, when nobody finds it
 * any more and no lock is held, `gone` is called, unless NULL. Janus frees it when it lets go. One that has
 * requests under way keeps its transport session until jz_peers_settle. */
void jz_peer_close(struct jz_peer *peer, void (*gone)(janus_transport_session *session));
void jz_peers_close(void (*gone)(janus_transport_session *session));

/* Calls `gone` once more for those that were closed with requests under way which are answered now: what
 * Janus made for them meanwhile, such as a session, is theirs and nobody's. The supervisor's thread. */
void jz_peers_settle(void (*gone)(janus_transport_session *session));

/* Any thread, also under Janus's locks: a session of the peer's began (or was claimed by it), or is
 * its no more. */
void jz_peer_session_note(struct jz_peer *peer, guint64 session_id, bool over);

/* {"peers": [...]} for the next child (owned by the caller). */
json_t *jz_peers_state(void);

/* Answers to queries (owned by the caller). Any thread. */
json_t *jz_peers_list(json_t *request);
json_t *jz_peers_kick(json_t *request);

#endif
