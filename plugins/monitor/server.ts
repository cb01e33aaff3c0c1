/** What is known of one server. @module */
import type { ServerEvent } from "../janus/events.ts";
import type { JanusId } from "../janus/ids.ts";
import type { Courses } from "./course.ts";
import { Descriptions } from "./descriptions.ts";
import { DropTally } from "./drops.ts";
import { Inventory } from "./inventory.ts";
import { MAX_LABEL } from "./limits.ts";
import { Numbers } from "./numbers.ts";
import { takeHandleEvent } from "./handle_events.ts";
import { readDrops, readPluginInfo, tallyPlugin } from "./plugin_info.ts";
import { Rooms } from "./rooms.ts";
import { ServerMetrics } from "./server_metrics.ts";
import { ServerName } from "./server_name.ts";
import { Starts } from "./starts.ts";
import { labelsOf, subtypeOf } from "./tail.ts";
import type { Cell } from "./tallies.ts";
import { memberOf, numberOf, textOf } from "./text.ts";
import type { LinkState, PluginState, ServerState } from "./wire.ts";

/** What a server is known by before it has said anything. */
export interface ServerOptions {
  readonly id: number;
  /** Null: the name that its events have. */
  readonly name: string | null;
  readonly endpoint: string;
  /** Whether there is an Admin API to ask. */
  readonly admin: boolean;
  readonly hidden: boolean;
}

/** Seconds: longer is no period, but a gap. */
const MAX_PERIOD = 60;
/** For so long (ms) it may be found out whether a gap in the numbers is another Janus. */
const GAP_MS = 30_000;

const OFF: LinkState = { state: "off", since: 0, problem: null };

/** A server: takes in its events, and what else is heard of it. */
export class Server {
  readonly id: number;
  readonly endpoint: string;
  readonly metrics = new ServerMetrics();
  readonly inventory: Inventory;
  readonly rooms: Rooms;
  readonly hidden: boolean;
  readonly descriptions = new Descriptions();
  readonly #numbers = new Numbers();
  readonly #drops = new DropTally(this.metrics);
  readonly #counts = new Map<number, Cell>();
  readonly #name: ServerName;
  #version: string | null = null;
  #events: LinkState;
  #admin: LinkState;
  /** When the connections were lost (ms). */
  readonly #heard: [events: number, admin: number] = [-Infinity, -Infinity];
  readonly #starts = new Starts();
  #stopped: number | null = null;
  /** When events came last before their connection was lost (ms); null if it never was. */
  #lostAt: number | null = null;
  /** No number has come since the connection came back; then Janus may be another one, or is. */
  #back: "no" | "perhaps another" | "another" = "no";
  /** What was missing by then, and since when (ms). */
  #gap: { readonly missing: number; readonly since: number } | null = null;
  #transport: PluginState | null = null;
  #eventHandler: PluginState | null = null;
  #missing = 0;
  #total = 0;
  #totalBefore = 0;
  #rate = 0;
  #period: number | null = null;

  constructor(options: ServerOptions, courses: Courses, now: number) {
    const { id, name, endpoint, admin, hidden } = options;
    this.id = id;
    this.endpoint = endpoint;
    this.hidden = hidden;
    this.#name = new ServerName(name);
    this.#events = { state: "connecting", since: now, problem: null };
    this.#admin = admin ? { state: "connecting", since: now, problem: null } : OFF;
    this.rooms = new Rooms(this.metrics.spread("janus_videoroom_room_participants"));
    const gone = (handle: JanusId) => this.rooms.detach(handle);
    this.inventory = new Inventory(this.metrics, courses, this.descriptions, gone);
  }

  /** What it is called. */
  get name(): string {
    return this.#name.text ?? this.endpoint;
  }

  /** Whether its events come, and what it had when the monitor came is known. */
  get ready(): boolean {
    return this.#events.state === "up" && (this.#admin === OFF || this.#admin.state === "up");
  }

  /**
   * When it was last heard of (ms), by events or the Admin API; null while it is. What was known of it then
   * may be otherwise by now.
   */
  get asOf(): number | null {
    const links = [this.#events, this.#admin];
    if (links.some(({ state }) => state === "up")) return null;
    // A refusal may come between.
    const last = Math.max(...this.#heard);
    return last === -Infinity ? null : last;
  }

  /** How its events come. */
  get events(): LinkState {
    return this.#events;
  }

  /** How it can be asked. */
  get admin(): LinkState {
    return this.#admin;
  }

  /** How its connections are. */
  setLink(
    which: "events" | "admin",
    state: LinkState["state"],
    now: number,
    problem?: string,
  ): void {
    const before = which === "events" ? this.#events : this.#admin;
    const since = before.state === state ? before.since : now;
    const link: LinkState = { state, since, problem: problem ?? null };
    if (before.state === "up" && state !== "up") this.#heard[which === "events" ? 0 : 1] = now;
    if (which === "admin") {
      this.#admin = link;
      return;
    }
    this.#events = link;
    if (before.state === "up" && state !== "up") this.#lostAt = now;
    if (before.state === "up" || state !== "up" || this.#lostAt === null) return;
    // What ended meanwhile has ended unseen.
    this.inventory.doubt(now);
    if (this.#back === "no") this.#back = "perhaps another";
  }

  /** Takes in an event. @param now (ms) */
  take(event: ServerEvent, now: number): void {
    this.#total++;
    this.#tally(event);
    if (event.type === 256 && event.event.status === "started") this.#name.renew();
    this.#name.hear(event.emitter);
    switch (event.type) {
      case 1:
        this.inventory.takeSession(event, now);
        return;
      case 256:
        this.#takeCore(event, now);
        return;
      case 128:
        this.inventory.takeTransport(event, now);
        return;
      case 4:
        return;
      default:
        takeHandleEvent(this, event, now);
    }
  }

  /** Takes in the number of a message, before its events. */
  takeNumber(number: number, events: number, now: number): void {
    const { missing, restarted, implausible } = this.#numbers.take(number, events, now);
    if (implausible) this.metrics.implausible.value++;
    const back = this.#back;
    this.#back = "no";
    // Those from before the connection are nobody's loss.
    if (restarted) {
      this.#name.renew();
      this.#restart(now);
    } else if (missing > 0 && back !== "another") {
      this.inventory.doubt(now);
      if (back === "no" || !this.#starts.certain) this.#miss(missing);
      else this.#gap = { missing, since: now };
    }
  }

  /** Takes in what the plugin tells of events that it dropped. */
  takeDropped(dropped: unknown): void {
    this.#drops.tell(dropped);
  }

  /** Takes in `info` of Janus itself. */
  takeServerInfo(info: unknown): void {
    const version = textOf(memberOf(info, "version_string"), MAX_LABEL);
    if (version !== undefined) this.#version = version;
    if (this.#name.text === null) this.#name.hear(memberOf(info, "server-name"));
  }

  /** Takes in `info` of a plugin; null if it could not be had. */
  takePluginInfo(plugin: "transport" | "eventhandler", info: unknown, now: number): void {
    const state = readPluginInfo(info);
    if (plugin === "transport") this.#transport = state;
    else {
      this.#eventHandler = state;
      this.#drops.set(readDrops(memberOf(info, "dropped")));
    }
    tallyPlugin(this.metrics, plugin, state, now);
    if (state === null || state.began === null) return;
    const another = this.#starts.byInfo(plugin, state.began);
    if (this.#gap !== null && !another) this.#miss(this.#gap.missing);
    if (another) {
      if (this.#gap === null && (this.#back !== "no" || this.#events.state !== "up")) {
        this.#back = "another";
      }
      this.#stopped = null;
      this.#name.renew();
      this.#empty(now, this.#lostAt ?? now);
    }
    this.#gap = null;
  }

  /** Statistics of a medium came so many seconds after those before. */
  notePeriod(seconds: number): void {
    // Both ends of a call make some out of turn.
    if (seconds >= 0.5) this.#period = Math.min(seconds, MAX_PERIOD);
  }

  /** Ends a second. */
  tick(now: number): void {
    this.#rate = this.#total - this.#totalBefore;
    this.#totalBefore = this.#total;
    if (this.#gap !== null && now - this.#gap.since > GAP_MS) {
      this.#miss(this.#gap.missing);
      this.#gap = null;
    }
    this.inventory.tick(now);
  }

  /** Brings up to date those metrics that are not counted as things happen. */
  gauge(): void {
    const { metrics, rooms, inventory } = this;
    // Without an Admin API that has ever answered, the events' connection tells.
    const asked = this.#admin.state === "up" || this.#admin.state === "lost";
    const up = (asked ? this.#admin : this.#events).state === "up";
    metrics.cell("janus_up").value = up ? 1 : 0;
    metrics.cell("janus_events_up").value = this.#events.state === "up" ? 1 : 0;
    metrics.cell("janus_restarts_total").value = this.#starts.restarts;
    if (this.asOf !== null) {
      for (const { labels } of metrics.family("janus_zeromq_up").series()) {
        metrics.cell("janus_zeromq_up", ...labels).value = 0;
      }
    }
    if (this.#version !== null) {
      metrics.family("janus_info").clear();
      metrics.cell("janus_info", this.#version).value = 1;
    }
    metrics.cell("janus_videoroom_rooms").value = rooms.count;
    metrics.cell("janus_videoroom_publishers").value = rooms.publishers;
    metrics.cell("janus_videoroom_subscribers").value = rooms.subscribers;
    metrics.cell("janus_monitor_overflow_total").value = metrics.overflow.value;
    metrics.cell("janus_monitor_implausible_total").value = metrics.implausible.value;
    inventory.gauge();
  }

  /** As a page gets it. */
  show(): ServerState {
    const { inventory, rooms } = this;
    return {
      id: this.id,
      name: this.name,
      endpoint: this.endpoint,
      version: this.#version,
      events: this.#events,
      admin: this.#admin,
      as_of: this.asOf,
      started: this.#starts.began,
      stopped: this.#stopped,
      restarts: this.#starts.restarts,
      transport: this.#transport,
      event_handler: this.#eventHandler,
      sessions: inventory.sessionCount,
      handles: inventory.handleCount,
      calls: inventory.calls,
      rate: this.#rate,
      total: this.#total,
      missing: this.#numbers.known ? this.#missing : null,
      dropped: this.#drops.show(),
      rooms: rooms.count,
      publishers: rooms.publishers,
      subscribers: rooms.subscribers,
      stalled: inventory.stalled,
      period: this.#period === null ? null : Math.round(this.#period),
    };
  }

  #tally(event: ServerEvent): void {
    const subtype = subtypeOf(event);
    const key = event.type * 256 + subtype;
    let count = this.#counts.get(key);
    if (count === undefined) {
      count = this.metrics.cell("janus_events_total", ...labelsOf(event.type, subtype));
      if (this.#counts.size < 100) this.#counts.set(key, count);
    }
    count.value++;
  }

  #takeCore(event: ServerEvent & { readonly type: 256 }, now: number): void {
    const body = event.event;
    if (body.status === "started") {
      this.#restart(now);
      this.takeServerInfo(body.info);
    } else if (body.status === "update") {
      this.inventory.reconcile(numberOf(memberOf(body.info, "sessions")), now);
    } else if (body.status === "shutdown") {
      this.#stopped = now;
      this.#empty(now);
    }
  }

  /** Another Janus: all that was is gone. */
  #restart(now: number): void {
    if (!this.#starts.byEvents(now, this.#total > 1)) return;
    this.#stopped = null;
    this.#gap = null;
    this.#empty(now);
  }

  /** @param last what is known since then is another Janus's already */
  #empty(now: number, last = Infinity): void {
    this.inventory.lose(now, last);
    this.rooms.clear();
  }

  #miss(missing: number): void {
    this.#missing += missing;
    this.metrics.cell("janus_monitor_missing_total").value += missing;
  }
}
