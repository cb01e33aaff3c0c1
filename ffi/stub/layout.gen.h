/* Generated from ffi/bridge/layout.ts by `deno task generate`. Do not edit. */
#ifndef JZ_LAYOUT_GEN_H
#define JZ_LAYOUT_GEN_H

#define JZ_ABI_VERSION 5u
#define JZ_SKIP 65535u
#define JZ_NAMED 256u

#define JZ_FD_MEMORY 3
#define JZ_FD_WAKE_CHILD 4
#define JZ_FD_WAKE_JANUS 5
#define JZ_FD_LIFELINE 6
#define JZ_FD_PROGRAM 7
#define JZ_FD_LIBRARY 8
#define JZ_FD_BOOT 9
#define JZ_FD_CONTROL 10

#define JZ_COMPANION_FD_PROGRAM 3
#define JZ_COMPANION_FD_IMPORTS 4

#define JZ_COMPANION_START 1u
#define JZ_COMPANION_KILL 2u
#define JZ_COMPANION_STARTED 3u
#define JZ_COMPANION_ENDED 4u
#define JZ_COMPANION_START_STREAM 5u

#define JZ_EXIT_RENEWED 75u

#define JZ_SIZE_RECORD_HEADER 40u
#define JZ_SIZE_DRAIN_ENTRY 48u
#define JZ_SIZE_STATUS_PAGE 65536u
#define JZ_SIZE_COUNTERS 384u
#define JZ_SIZE_COMPANION_WORD 136u
#define JZ_SIZE_COMPANION_TEXT 128u
#define JZ_SIZE_NAME 255u
#define JZ_SIZE_RECORD_SHARE 2u
#define JZ_SIZE_UP_SHARE 4u

#define JZ_DOWN_NOTHING 0u
#define JZ_DOWN_CONTROL 1u

#define JZ_UP_READY 16u
#define JZ_UP_FAILED 17u
#define JZ_UP_LOG 18u

#define JZ_FAILED_DISABLED 1u

#endif
