/**
 * Makes IP addresses coarse before anybody sees them: 192.0.2.77 becomes 192.0.2.0, and
 * 2001:db8:1:2::7 becomes 2001:db8:1::, in session descriptions, candidates, the selected pair, and
 * what transports tell of their clients.
 *
 *     filters: { modules = ["/etc/janus/filters/redact_ips.ts"] }
 *
 * Add "plugins" to `events` if yours tell addresses (SIP and NoSIP do).
 */
import { defineEventFilter } from "@janus-zeromq/janus-zeromq";

const IPV4 = /(?<![\w.])(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}(?!\w|\.\d)/g;

// With a port behind it, maybe: Janus writes pairs as ADDRESS:PORT, without brackets.
const IPV6 = /(?<![\w:.])(?:[\da-f]{0,4}:){2,8}[\da-f]{0,5}(?:%\w+)?(?![\w:.])/gi;

export default defineEventFilter({
  name: "redact-ips",
  events: [
    "jsep",
    "webrtc.lcand",
    "webrtc.rcand",
    "webrtc.pair",
    "transports",
    "core.startup",
  ],
  filter: (event) => ({ ...event, event: redact(event.event) }),
});

/** A copy in which every text is redacted, however deep it stands. */
function redact(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, redact(each)]),
  );
}

function redactText(text: string): string {
  return text
    .replace(
      IPV4,
      (all, network) => all.startsWith("0.") || all.startsWith("127.") ? all : `${network}.0`,
    )
    .replace(IPV6, (all) => isIpv6(all) ? coarse(all) : all);
}

/** Times and MAC addresses have colons as well, but fewer groups and nothing left out. */
function isIpv6(text: string): boolean {
  return text.includes("::") || text.split(":").length >= 8;
}

/** The first 48 bits, unless it is this machine's own (::1) or says nothing (::). */
function coarse(address: string): string {
  if (/^::1?$/.test(address)) return address;
  const [front = ""] = address.split("::");
  const groups = front.split(":").filter((group) => group !== "");
  return `${groups.slice(0, 3).join(":")}::`;
}
