/* Generated from plugins/events/records.ts and plugins/janus/event_types.ts by `deno task generate`. Do not edit. */
#ifndef JZ_EVENTS_GEN_H
#define JZ_EVENTS_GEN_H

#define JZ_DOWN_EVENT 320u

#define JZ_EVENT_SESSIONS 1u
#define JZ_EVENT_HANDLES 2u
#define JZ_EVENT_EXTERNAL 4u
#define JZ_EVENT_JSEP 8u
#define JZ_EVENT_WEBRTC 16u
#define JZ_EVENT_MEDIA 32u
#define JZ_EVENT_PLUGINS 64u
#define JZ_EVENT_TRANSPORTS 128u
#define JZ_EVENT_CORE 256u

#define JZ_EVENT_WEBRTC_ICE 1u
#define JZ_EVENT_WEBRTC_LCAND 2u
#define JZ_EVENT_WEBRTC_RCAND 3u
#define JZ_EVENT_WEBRTC_PAIR 4u
#define JZ_EVENT_WEBRTC_DTLS 5u
#define JZ_EVENT_WEBRTC_STATE 6u

#define JZ_EVENT_MEDIA_STATE 1u
#define JZ_EVENT_MEDIA_SLOWLINK 2u
#define JZ_EVENT_MEDIA_STATS 3u

#define JZ_EVENT_CORE_STARTUP 1u
#define JZ_EVENT_CORE_SHUTDOWN 2u

#endif
