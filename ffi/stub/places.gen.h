/* Generated from plugins/janus/places.ts by `deno task generate`. Do not edit. */
#ifndef JZ_PLACES_GEN_H
#define JZ_PLACES_GEN_H

#define JZ_PLACE_RING_FULL 298u
#define JZ_PLACE_OVERSIZED 308u
#define JZ_PLACE_INVALID 318u
#define JZ_PLACE_STREAM_AWAY_SINCE 37u

/* What is counted at each of them, one after the other. */
#define JZ_DROP_LABELS { "sessions", "handles", "external", "jsep", "webrtc", "media", "plugins", "transports", "core", "other" }
#define JZ_DROP_TYPES 10u

#endif
