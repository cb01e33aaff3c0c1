/* Generated from ffi/bridge/layout.ts by `deno task generate`. Do not edit. */
#ifndef JZ_LAYOUT_GEN_H
#define JZ_LAYOUT_GEN_H

#define JZ_ABI_VERSION 3u
#define JZ_SKIP 65535u

#define JZ_FD_MEMORY 3
#define JZ_FD_WAKE_ISOLATE 4
#define JZ_FD_WAKE_JANUS 5
#define JZ_FD_LIFELINE 6
#define JZ_FD_PROGRAM 7
#define JZ_FD_LIBRARY 8
#define JZ_FD_BOOT 9
#define JZ_FD_IMPORTS 10

#define JZ_SIZE_RECORD_HEADER 40u
#define JZ_SIZE_DRAIN_ENTRY 48u
#define JZ_SIZE_STATUS_PAGE 65536u
#define JZ_SIZE_COUNTERS 256u
#define JZ_SIZE_NAME 255u
#define JZ_SIZE_RECORD_SHARE 2u
#define JZ_SIZE_UP_SHARE 4u

#define JZ_PLACE_RING_FULL 224u
#define JZ_PLACE_OVERSIZED 240u
#define JZ_PLACE_INVALID 208u
#define JZ_PLACE_EVENT_TYPES 10u

#define JZ_DOWN_MESSAGE 1u
#define JZ_DOWN_SESSION 2u
#define JZ_DOWN_EVENT 3u
#define JZ_DOWN_CONTROL 4u

#define JZ_UP_READY 16u
#define JZ_UP_FAILED 17u
#define JZ_UP_LOG 18u
#define JZ_UP_PEER_OPENED 19u
#define JZ_UP_PEER_GONE 20u
#define JZ_UP_REQUEST 21u
#define JZ_UP_NOTIFY 22u
#define JZ_UP_PEER_CHANGED 23u

#define JZ_FLAG_ADMIN 1u

#define JZ_SESSION_CREATED 2u
#define JZ_SESSION_OVER 4u
#define JZ_SESSION_TIMEOUT 8u
#define JZ_SESSION_CLAIMED 16u

#define JZ_FAILED_DISABLED 1u

#endif
