/** Loss that peers report, and how steadily trouble is told. */
import { RemoteLoss } from "../../../plugins/monitor/remote_loss.ts";
import { Steady } from "../../../plugins/monitor/steady.ts";
import { assert, assertEquals, assertLess } from "../../assert.ts";
import {
  attached,
  BEGAN,
  event,
  modelOf,
  samplesOf,
  statistics,
  tell,
  valuesOf,
} from "./support.ts";

/** A second's statistics each. */
function play(values: readonly object[], media = "video") {
  const model = modelOf();
  tell(model, 0, ...attached(), event(16, 6, { connection: "webrtcup" }));
  const shown = values.map((one, index) => {
    const at = (index + 1) * 1000;
    const timestamp = (BEGAN + at) * 1000;
    tell(model, at, event(32, 3, statistics({ media, ...one }), { timestamp }));
    model.tick(BEGAN + at);
    const [handle] = model.snapshot(BEGAN + at).handles;
    return { loss: handle!.media[0]!.point[4]!, trouble: handle!.trouble };
  });
  return { model, shown, loss: shown.map(({ loss }) => loss) };
}

Deno.test("what no peer has reported is unknown: not 0, and in no metric", async () => {
  const silent = { rtt: 0, "lost-by-remote": 0, "jitter-remote": 0 };
  const audio = [1, 2, 3, 4].map((second) => ({ ...silent, "packets-sent": second * 50 }));
  const { model, loss } = play(audio, "audio");
  assertEquals(loss, [null, null, null, null]);
  const told = [...(await samplesOf(model)).keys()].filter((key) =>
    key.includes('origin="remote"')
  );
  assertEquals(told, []);
  const reported = play([...audio, { rtt: 20, "packets-sent": 250 }, {
    rtt: 20,
    "packets-sent": 300,
  }]);
  assertEquals(reported.loss, [null, null, null, null, 0, 0]);
  const counts = await valuesOf(reported.model, "janus_media_loss_ratio_count");
  assertEquals(counts['media="video",origin="remote"'], 2);
});

/** A medium of which one in ten is lost, and retransmissions of which few are; 31 packets a second. */
function mixed(seconds: number, isOther: (second: number) => boolean): object[] {
  return Array.from({ length: seconds }, (_, index) => {
    const second = index + 1;
    const lost = isOther(second) ? 2 + Math.floor(second / 8) - second % 2 : second * 3;
    return { rtt: 30, "packets-sent": second * 31, "lost-by-remote": lost };
  });
}

for (
  const [what, isOther] of [
    ["now and then", (second: number) => second > 60 && second % 20 < 3],
    ["for twenty seconds each", (second: number) => second > 60 && second % 40 < 20],
    ["mostly", (second: number) => second > 60 && second % 20 > 0],
    ["first", (second: number) => second < 30],
  ] as const
) {
  Deno.test(`loss: another stream's reports, ${what}, are no loss, nor is the way back from them`, async () => {
    const { model, loss } = play(mixed(200, isOther));
    const known = loss.filter((one) => one !== null);
    assert(known.length >= 60, `${known.length}`);
    assertLess(Math.max(...known), 0.2, loss.join(" "));
    assertLess(0.08, known.at(-1)!);
    const lost =
      (await valuesOf(model, "janus_media_lost_packets_total"))['media="video",origin="remote"']!;
    // As far as the medium's own reports go.
    assertLess(lost, 601);
    assertLess(500, lost);
  });
}

Deno.test("loss: the counts that a browser's call had", () => {
  const remote = new RemoteLoss(false);
  const take = (second: number, lost: number) => remote.take(lost, second * 31, second * 1e6);
  const unknown = { lost: NaN, of: NaN };
  assertEquals(take(100, 712), unknown);
  assertEquals(take(101, 715), { lost: 3, of: 31 });
  for (const [index, lost] of [18, 16, 17, 17, 20, 23].entries()) {
    assertEquals(take(102 + index, lost), unknown);
  }
  assertEquals(take(160, 902), { lost: 187, of: 59 * 31 });
  assertEquals(take(161, 23), unknown);
  assertEquals(take(162, 906), { lost: 4, of: 62 });
});

Deno.test("loss: a count that begins anew for good is followed after a while", () => {
  const { loss } = play([
    ...mixed(100, () => false),
    ...Array.from({ length: 100 }, (_, index) => ({
      rtt: 30,
      "packets-sent": (101 + index) * 31,
      "lost-by-remote": index * 6,
    })),
  ]);
  assertEquals(loss[130], null);
  assertEquals(Math.round(loss.at(-1)! * 31), 6);
});

Deno.test("loss that is there is told: all of a stream, and from one statistic to the next", () => {
  const values = [0, 0, 10, 35, 66].map((lost, index) => ({
    rtt: 30,
    "packets-sent": (index + 1) * 31,
    "lost-by-remote": lost,
  }));
  const { shown } = play(values);
  assertEquals(shown.map(({ loss }) => Math.round(loss * 100)), [0, 0, 32, 81, 100]);
  assertEquals(shown.map(({ trouble }) => trouble.out), [0, 0, 0, 2, 2]);
});

Deno.test("trouble takes two bad statistics of three, and goes with three good ones", () => {
  const steady = new Steady();
  const levels = [2, 0, 0, 2, 2, 0, 2, 0, 0, 0, 1, 1, 2, 1, 1, 0, 0, 0].map((level) => {
    steady.take(level as 0 | 1 | 2);
    return steady.level;
  });
  assertEquals(levels, [0, 0, 0, 0, 2, 2, 2, 2, 2, 0, 0, 1, 1, 1, 1, 1, 1, 0]);
});
