/* Generated from plugins/transport/records.ts by `deno task generate`. Do not edit. */
#ifndef JZ_TRANSPORT_GEN_H
#define JZ_TRANSPORT_GEN_H

#define JZ_DOWN_MESSAGE 32u
#define JZ_DOWN_SESSION 33u

#define JZ_UP_PEER_OPENED 48u
#define JZ_UP_PEER_GONE 49u
#define JZ_UP_REQUEST 50u
#define JZ_UP_NOTIFY 51u
#define JZ_UP_PEER_CHANGED 52u

#define JZ_FLAG_ADMIN 1u

#define JZ_SESSION_CREATED 2u
#define JZ_SESSION_OVER 4u
#define JZ_SESSION_TIMEOUT 8u
#define JZ_SESSION_CLAIMED 16u

#endif
