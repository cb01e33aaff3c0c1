/**
 * Adds what you know of a user to the events of their handles: the table customers.json, beside
 * this file, says it by `opaque_id`, which your application gives when it attaches a handle.
 *
 *     filters: {
 *         modules = ["/etc/janus/filters/enrich.ts"]
 *         permissions = { read = ["/etc/janus/filters/customers.json"] }
 *     }
 *
 * The table is read when the filter starts: save this file again (`touch`) to have it read anew.
 */
import { defineEventFilter } from "@janus-zeromq/janus-zeromq";

const TABLE = new URL("./customers.json", import.meta.url);

let customers = new Map<string, unknown>();

export default defineEventFilter({
  name: "enrich",
  events: ["handles", "jsep", "webrtc", "media", "plugins"],
  async setup({ log }) {
    const table: Record<string, unknown> = JSON.parse(
      await Deno.readTextFile(TABLE),
    );
    customers = new Map(Object.entries(table));
    log.info(`${customers.size} customers are known`);
  },
  filter(event) {
    const customer = customers.get(event.opaque_id ?? "");
    return customer === undefined ? event : { ...event, customer };
  },
});
