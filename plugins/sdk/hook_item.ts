/** What the transport hands to hooks, and gets back: between it and `plugins/scripting`. @module */
import type { HookPeer } from "./transport_hook.ts";

/** A message, and who it is of. */
export interface HookItem {
  readonly reply: boolean;
  readonly peer: HookPeer;
  readonly text: Uint8Array<ArrayBuffer>;
}

/** What became of a message. */
export type HookResult =
  | { readonly became: "unchanged" | "failed" | "invalid" }
  | { readonly became: "changed"; readonly text: Uint8Array<ArrayBuffer> }
  | { readonly became: "refused"; readonly code: number; readonly reason: string };
