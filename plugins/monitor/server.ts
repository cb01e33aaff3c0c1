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
/** What tells of a start within this time (ms) tells of the same one. */
const ONE_START_MS = 2000;

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
  #started: number | null = null;
  #stopped: number | null = null;
  #restarts = 0;
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
    if (which === "events") this.#events = link;
    else this.#admin = link;
    // What ended meanwhile has ended unseen.
    if (which === "events" && before.state === "lost" && state === "up") this.inventory.doubt(now);
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
    if (restarted) {
      this.#name.renew();
      this.#restart(now);
    } else if (missing > 0) this.inventory.doubt(now);
    this.#missing += missing;
    this.metrics.cell("janus_monitor_missing_total").value += missing;
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
    this.inventory.tick(now);
  }

  /** Brings up to date those metrics that are not counted as things happen. */
  gauge(): void {
    const { metrics, rooms, inventory } = this;
    // Without an Admin API that has ever answered, the events' connection tells.
    const asked = this.#admin.state === "up" || this.#admin.state === "lost";
    const up = (asked ? this.#admin : this.#events).state === "up";
    metrics.cell("janus_up").value = up ? 1 : 0;
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
      started: this.#started,
      stopped: this.#stopped,
      restarts: this.#restarts,
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
    // Its number tells, and then the event itself.
    if (this.#started !== null && now - this.#started < ONE_START_MS) return;
    if (this.#total > 1) this.#restarts++;
    this.#started = now;
    this.#stopped = null;
    this.#empty(now);
  }

  #empty(now: number): void {
    this.inventory.lose(now);
    this.rooms.clear();
  }
}
