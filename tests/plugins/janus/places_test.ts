import { Size } from "../../../ffi/bridge/layout.ts";
import { COUNTERS as EVENT_COUNTERS } from "../../../plugins/events/counters.ts";
import { DROP_LABELS, Place, PLACE_SIZES } from "../../../plugins/janus/places.ts";
import { Count, placeOf } from "../../../plugins/scripting/counters.ts";
import { MAX_MODULES } from "../../../plugins/scripting/protocol.ts";
import { COUNTERS as TRANSPORT_COUNTERS } from "../../../plugins/transport/counters.ts";
import { assert, assertEquals } from "../../assert.ts";

Deno.test("no two share a place, and all are in the shared memory", () => {
  const places = Object.entries(PLACE_SIZES).flatMap(([name, size]) =>
    Array.from({ length: size }, (_, i) => Place[name as keyof typeof Place] + i)
  );
  assertEquals(new Set(places).size, places.length);
  assert(places.every((place) => place >= 0 && place < Size.counters));
});

Deno.test("what is counted has room", () => {
  assert(EVENT_COUNTERS.length <= PLACE_SIZES.named);
  assert(TRANSPORT_COUNTERS.length <= PLACE_SIZES.named);
  assertEquals(PLACE_SIZES.ring_full, DROP_LABELS.length);
  assertEquals(placeOf(0, 0), Place.modules);
  const last = placeOf(MAX_MODULES - 1, Math.max(...Object.values(Count)));
  assert(last < Place.modules + PLACE_SIZES.modules);
});
