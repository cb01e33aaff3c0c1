/**
 * Asks a service of yours where a client is when it connects, and adds the answer to the event as
 * `location`. The service is asked once for each address: LOCATE_URL, followed by the address,
 * gives JSON. While it is asked, the events behind this one wait, so it gets a quarter of a second;
 * an event without an answer goes on as it is.
 *
 *     filters: {
 *         modules = ["/etc/janus/filters/locate.ts"]
 *         permissions = { net = ["geo.example.org:443"], env = ["LOCATE_URL"] }
 *     }
 *
 * LOCATE_URL is in Janus's environment, such as https://geo.example.org/ip/
 */
import { defineEventFilter } from "@janus-zeromq/janus-zeromq";

const MILLISECONDS = 250;
const MAX_KNOWN = 10_000;

/** Answers by address, the one that was used last at the end. */
const known = new Map<string, unknown>();
let service = "";

export default defineEventFilter({
  name: "locate",
  events: ["transports"],
  setup() {
    service = Deno.env.get("LOCATE_URL") ?? "";
    if (service === "") throw new Error("LOCATE_URL is not set");
  },
  async filter(event, ctx) {
    const { event: what, ip } = event.event.data;
    if (what !== "connected" || typeof ip !== "string") return event;
    try {
      const location = known.get(ip) ?? await ask(ip);
      remember(ip, location);
      return { ...event, event: { ...event.event, location } };
    } catch (error) {
      ctx.log.warning(
        `Cannot locate ${ip}: ${error instanceof Error ? error.message : error}`,
      );
      return event;
    }
  },
  teardown: () => known.clear(),
});

async function ask(ip: string): Promise<unknown> {
  const signal = AbortSignal.timeout(MILLISECONDS);
  const response = await fetch(service + encodeURIComponent(ip), { signal });
  // Read in any case: an answer that is left lying keeps its connection.
  const text = await response.text();
  if (!response.ok) throw new Error(`the service says ${response.status}`);
  return JSON.parse(text);
}

function remember(ip: string, location: unknown): void {
  known.delete(ip);
  known.set(ip, location);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
}
