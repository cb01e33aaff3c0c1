/** Hides addresses and names in events, before anything else sees them. @module */
import { createHash, randomBytes } from "node:crypto";
import type { ServerEvent } from "../janus/events.ts";
import { stringifyJson } from "../janus/json.ts";
import { MAX_SDP } from "./limits.ts";

/** What people are called by, or choose; each becomes a name of ours that is always the same. */
const NAMES: ReadonlySet<string> = new Set([
  ...[
    "opaque_id",
    "display",
    "username",
    "name_id",
    "user",
    "userid",
    "user_id",
    "token",
    "nickname",
  ],
  ...[
    "callee",
    "caller",
    "peer",
    "contact",
    "description",
    "metadata",
    "text",
    "from",
    "to",
    "uri",
  ],
  ...[
    "display_name",
    "displayname",
    "authuser",
    "identity",
    "email",
    "phone",
    "secret",
    "pin",
    "cname",
    // Of the other side's SIP messages, with whatever it has in them.
    "headers",
  ],
]);
/** The same, but only where they are texts. */
const NAMED_TEXTS: ReadonlySet<string> = new Set([
  "room",
  "id",
  "feed",
  "mountpoint",
  "host",
  "url",
]);

const IPV4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])/g;
const IPV6 = /(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])/gi;
/** As browsers have for their addresses. */
const MDNS = /[\w-]{1,64}\.local(?![\w.])/g;
/** Mail, SIP and XMPP. */
const ACCOUNT = /[\w.+%-]{1,64}@[\w.-]{1,255}/g;
const SDP_NAMES = /^(?:s=.*|o=\S+|a=ssrc:\d+ (?:cname|msid|label|mslabel):.*|a=msid:.*)$/gm;
const HIDDEN = "hidden";
const DEPTH = 8;
const REMEMBERED = 10_000;

/** Hides them. Equal names stay equal as long as the monitor runs. */
export class Redactor {
  readonly #salt = randomBytes(16);
  readonly #known = new Map<string, string>();

  /** An event without addresses and names. */
  event(event: ServerEvent): ServerEvent {
    const { type } = event as { readonly type: number };
    // Statistics have none, and there are many.
    const body = type === 32 ? event.event : this.#value(event.event, "", DEPTH);
    const { opaque_id } = event as { readonly opaque_id?: unknown };
    const shown = { ...event, event: body } as Record<string, unknown>;
    if (opaque_id !== undefined) shown.opaque_id = this.#name(String(opaque_id));
    return shown as unknown as ServerEvent;
  }

  /** A text without addresses, of machines and of people. */
  text(text: string): string {
    if (text.length > MAX_SDP) return HIDDEN;
    const without = text.includes("@") ? text.replaceAll(ACCOUNT, HIDDEN) : text;
    return without.replaceAll(IPV4, HIDDEN).replaceAll(IPV6, HIDDEN).replaceAll(MDNS, HIDDEN);
  }

  #value(value: unknown, key: string, depth: number): unknown {
    if (NAMES.has(key)) {
      return this.#name(typeof value === "string" ? value : stringifyJson(value) ?? "");
    }
    if (typeof value === "string") {
      if (NAMED_TEXTS.has(key) && !/^\d+$/.test(value)) return this.#name(value);
      if (key === "sdp") {
        return this.text(value.replaceAll("\r\n", "\n").replaceAll(SDP_NAMES, HIDDEN));
      }
      return this.text(value);
    }
    if (typeof value !== "object" || value === null) return value;
    if (depth === 0) return HIDDEN;
    if (Array.isArray(value)) return value.map((one) => this.#value(one, key, depth - 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, this.#value(one, name, depth - 1)]),
    );
  }

  #name(name: string): string {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const hash = createHash("sha256").update(this.#salt).update(name).digest("hex").slice(0, 8);
    const shown = `${HIDDEN}-${hash}`;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    if (name.length <= 256) this.#known.set(name, shown);
    return shown;
  }
}
