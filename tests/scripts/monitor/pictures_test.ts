/** Pictures of the page with more on it than a test makes of real calls: `build/monitor/*.png`. */
import type { ServerEvent } from "../../../plugins/janus/events.ts";
import { pageAsset } from "../../../plugins/monitor/http/page.ts";
import { MonitorServer } from "../../../plugins/monitor/http/server.ts";
import { Model } from "../../../plugins/monitor/model.ts";
import { readPage } from "../../../scripts/monitor/page.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { assertEquals, assertLess } from "../../assert.ts";
import { Browser } from "../../browser.ts";
import { attached, event, statistics } from "../../plugins/monitor/support.ts";

const FOLDER = `${PROJECT_ROOT}/build/monitor`;
const SECONDS = 170;

/** Who calls, and through what. */
const CALLERS = [
  ["Ann", "echotest"],
  ["lobby camera", "videoroom"],
  ["agent 12", "videoroom"],
  ["+49 30 1234", "sip"],
  ["kiosk 3", "videoroom"],
  ["agent 7", "sip"],
  ["Bob", "videoroom"],
  ["desk 1", "echotest"],
  ["Cleo", "videoroom"],
  ["stage left", "videoroom"],
] as const;
/** Those of them that something happens to. */
const LOSSY = 2, SLOW = 5, OVER = 7, STALLED = 4;

interface Caller {
  readonly index: number;
  readonly ids: { readonly session_id: number; readonly handle_id: number };
  readonly name: string;
}

function callerOf(index: number): Caller {
  const ids = {
    session_id: 4_718_223_000 + (index >> 1) * 48_619,
    handle_id: 7_301_552_000 + index * 61_357,
  };
  return { index, ids, name: CALLERS[index]![0] };
}

/** What happens at first. */
function beginning({ index, ids, name }: Caller, at: number): ServerEvent[] {
  const more = { ...ids, opaque_id: name, timestamp: at * 1000 };
  const plugin = `janus.plugin.${CALLERS[index]![1]}`;
  const [session, handle] = attached(name, ids.handle_id, ids.session_id);
  Object.assign((handle as { event: object }).event, { plugin });
  const side = { port: 40_000 + index, transport: "udp", family: 4 };
  const jsep = { type: "offer", sdp: "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" };
  const room = { event: "joined", room: 1234, id: ids.handle_id, display: name };
  return [
    session!,
    handle!,
    ...(plugin.endsWith("videoroom") ? [event(64, 0, { plugin, data: room }, more)] : []),
    event(8, 0, { owner: "remote", jsep }, more),
    event(8, 0, { owner: "local", jsep: { ...jsep, type: "answer" } }, more),
    event(16, 1, { ice: "connected", stream_id: 1, component_id: 1 }, more),
    event(16, 4, {
      "selected-pair": "a <-> b",
      candidates: {
        local: { address: "203.0.113.5", type: "host", ...side },
        remote: { address: "198.51.100.7", type: "srflx", ...side },
      },
    }, more),
    event(16, 5, { dtls: "connected", stream_id: 1, component_id: 1 }, more),
    event(16, 6, { connection: "webrtcup" }, more),
  ];
}

/** Statistics of a second, and what else happens in it. */
function* second(caller: Caller, at: number, time: number, totals: Float64Array) {
  const { index, ids, name } = caller;
  const more = { ...ids, opaque_id: name, timestamp: time * 1000 };
  const worse = index === LOSSY && at > 95 ? 0.06 + 0.05 * Math.sin(at / 7) : 0;
  for (const [mid, media] of ["audio", "video"].entries()) {
    const packets = mid === 0 ? 50 : 90 + 30 * Math.sin(at / 19 + index);
    const place = mid * 2;
    totals[place] = totals[place]! + packets;
    totals[place + 1] = totals[place + 1]! +
      packets * worse * (0.6 + 0.8 * ((at * 7919) % 10) / 10);
    const received = Math.round(totals[place]!);
    const size = mid === 0 ? 90 : 900;
    yield event(
      32,
      3,
      statistics({
        mid: String(mid),
        mindex: mid,
        media,
        codec: mid === 0 ? "opus" : "vp8",
        rtt: 18 + index * 4 + 5 * Math.sin(at / 9 + index) + worse * 900,
        "jitter-local": 2 + Math.abs(Math.sin(at / 11)) + worse * 200,
        "jitter-remote": 3 + Math.abs(Math.cos(at / 13)),
        lost: Math.round(totals[place + 1]!),
        "packets-received": received,
        "packets-sent": received,
        "bytes-received": received * size,
        "bytes-sent": Math.round(received * size * 0.8),
      }),
      more,
    );
  }
  const slow = (mid: string, media: string, slow_link: string) =>
    event(32, 2, { mid, media, slow_link }, more);
  if (index === LOSSY && [104, 131].includes(at)) yield slow("1", "video", "downlink");
  if (index === SLOW && at === SECONDS - 4) yield slow("0", "audio", "uplink");
  if (index === STALLED && at === SECONDS - 9) {
    yield event(32, 1, { mid: "1", media: "video", receiving: false, seconds: 1 }, more);
  }
  if (index === OVER && at === SECONDS - 20) {
    yield event(16, 6, { connection: "hangup", reason: "ICE failed" }, more);
  }
}

/** A model of two servers, the last three minutes of which are known. */
function lately(now: number): Model {
  const servers = [["edge-1", "10.0.0.5"], ["edge-2", "10.0.0.6"]] as const;
  const began = now - SECONDS * 1000;
  const model = new Model(
    servers.map(([name, host]) => ({ name, endpoint: `tcp://${host}:5546`, admin: true })),
    began,
  );
  for (const server of model.servers) {
    for (const link of ["events", "admin"] as const) server.setLink(link, "up", began);
    server.takeServerInfo({ version_string: "1.1.2" });
    const info = { state: "running", version: "0.1.0", restarts: 0, uptime: 86_400 * 3 };
    const ring = { used: 1200, size: 8_388_608 };
    server.takePluginInfo("transport", { ...info, ring, counters: { peers: 4 } }, began);
    const handler = { ...info, ring, counters: { subscribers: 2 } };
    const dropped = server.id === 1 ? { slow_subscriber: { media: 1204 } } : {};
    const more = server.id === 1 ? { cut_off: 1, restarts: 1, uptime: 254 } : {};
    server.takePluginInfo("eventhandler", { ...handler, ...more, dropped }, began);
  }
  const callers = CALLERS.map((_, index) => callerOf(index));
  const totals = callers.map(() => new Float64Array(4));
  let number = 1;
  const tell = (index: number, time: number, events: readonly ServerEvent[]) => {
    for (const one of events) {
      model.take(index < 6 ? 0 : 1, [one], index < 6 ? number++ : null, time);
    }
  };
  for (let at = 0; at < SECONDS; at++) {
    const time = began + at * 1000;
    for (const caller of callers) {
      const { index } = caller;
      if (at === index * 3) tell(index, time, beginning(caller, time));
      const silent = index < 6 && at > 60 && at < 72;
      if (at <= index * 3 + 1 || silent || (index === OVER && at > SECONDS - 20)) continue;
      tell(index, time, [...second(caller, at, time, totals[index]!)]);
    }
    model.tick(time + 999);
  }
  return model;
}

Deno.test("pictures: ten calls at two servers, some of them in trouble", async () => {
  await Deno.mkdir(FOLDER, { recursive: true });
  const assets = new Map([["/", await pageAsset(await readPage())]]);
  await using browser = await Browser.start();
  const model = lately(Date.now());
  await using server = await MonitorServer.listen(model, {
    hostname: "127.0.0.1",
    port: 0,
    assets,
  });
  const call = `call=0/${callerOf(LOSSY).ids.handle_id}`;
  const page = await browser.open(`${server.address}/`, { dark: true, width: 1280, height: 800 });
  await page.untilText("no media", ".tree");
  await page.untilText("slow link", ".tree");
  await page.screenshot(`${FOLDER}/list.png`);
  await page.evaluate(`location.hash = "${call}"`);
  await page.untilText("slow link video 1 ↓ in", ".marks");
  await page.untilText("Nothing came", ".call");
  await page.evaluate("document.activeElement.blur()");
  const paint = () => page.evaluate("new Promise((done) => setTimeout(done, 300))");
  await paint();
  await page.screenshot(`${FOLDER}/dark.png`);
  await page.resize({ width: 1280, height: 800 });
  await paint();
  await page.screenshot(`${FOLDER}/light.png`);
  await page.resize({ width: 360, height: 740, mobile: true, dark: true });
  await paint();
  await page.screenshot(`${FOLDER}/phone_call.png`);
  await page.evaluate("location.hash = ''");
  await paint();
  await page.screenshot(`${FOLDER}/phone.png`);
  for (const link of ["events", "admin"] as const) {
    const now = Date.now();
    const [, server] = model.servers;
    server!.setLink(link, "lost", now, `The connection to ${link} is lost; it is being made again`);
  }
  await page.resize({ width: 1400, height: 900 });
  await page.untilText("Neither events nor the Admin API of edge-2 answer", ".strip");
  await page.untilText("as of", ".row.stale");
  // Rows move every few seconds only: what nobody knows of any more stands last.
  await page.until("document.querySelector('.window .row:last-child').matches('.stale')");
  await paint();
  await page.screenshot(`${FOLDER}/lost.png`);
  await page.resize({ width: 1400, height: 900, dark: true });
  await page.evaluate("document.querySelectorAll('.server button')[1].click()");
  await paint();
  await page.screenshot(`${FOLDER}/lost_dark.png`);
  assertEquals(page.complaints, []);
  assertLess((await Deno.stat(`${FOLDER}/dark.png`)).size, 400_000);
});
