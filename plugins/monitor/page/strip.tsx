/** The strip: how each server is. @module */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { FilterState, LinkState, PluginState, ServerState, Severity } from "../wire.ts";
import { bytes, clock, count, dayAndClock, duration, many, NOTHING, plain } from "./format.ts";
import { NARROW, useMedia } from "./hooks.ts";
import { Fact, Level, Problem } from "./marks.tsx";
import { silenceText } from "./problems.ts";
import { lossOf, type Store } from "./store.ts";

const LINKS: Readonly<Record<LinkState["state"], string>> = {
  off: "not asked for",
  connecting: "connecting",
  up: "connected",
  lost: "connection lost",
  refused: "refused",
};

/** Servers that are shown with all that is known of them, unless there is no room. */
const MAX_OPEN = 1;
const DAY_MS = 86_400_000;
/** Events that got lost are bad for so long (ms), and then worth a look. */
const LOSS_MS = 60_000;

/** All servers. */
export function Strip({ store }: { store: Store }): VNode {
  const { servers, time } = store;
  const narrow = useMedia(NARROW);
  return (
    <section class="strip" aria-label="Servers">
      {servers.map((server) => (
        <Server
          key={server.id}
          server={server}
          level={serverLevel(server, store)}
          lost={lossLevel(server, store)}
          now={time}
          roomy={!narrow && servers.length <= MAX_OPEN}
        />
      ))}
    </section>
  );
}

function lossLevel(server: ServerState, { lostAt, time }: Store): Severity {
  if (lossOf(server) === 0) return 0;
  return time - (lostAt.get(server.id) ?? -Infinity) < LOSS_MS ? 2 : 1;
}

function linkLevel({ state, problem }: LinkState): Severity {
  if (state === "lost" || state === "refused") return 2;
  if (state === "connecting") return problem === null ? 1 : 2;
  return problem === null ? 0 : 1;
}

function pluginLevel(plugin: PluginState | null): Severity {
  return plugin === null || plugin.state === "running" ? 0 : 2;
}

/** How bad a server is. */
export function serverLevel(server: ServerState, store: Store): Severity {
  return Math.max(
    lossLevel(server, store),
    linkLevel(server.events),
    linkLevel(server.admin),
    pluginLevel(server.transport),
    pluginLevel(server.event_handler),
    server.stopped === null ? 0 : 2,
  ) as Severity;
}

interface ServerProps {
  readonly server: ServerState;
  readonly level: Severity;
  readonly lost: Severity;
  readonly now: number;
  /** There is room for everything. */
  readonly roomy: boolean;
}

function Server({ server, level, lost, now, roomy }: ServerProps): VNode {
  const { name, version, endpoint, events, admin, as_of: asOf } = server;
  const [chosen, setChosen] = useState<boolean | null>(null);
  const open = chosen ?? roomy;
  const heading = `server-${server.id}`;
  return (
    <article
      class={`server ${open ? "open" : "brief"}${asOf === null ? "" : " stale"}`}
      aria-labelledby={heading}
    >
      <header>
        <Level level={level} of={`Server ${plain(name, 40)}`} />
        <h2 id={heading}>{plain(name, 64)}</h2>
        <span class="quiet">
          {version !== null && `Janus ${plain(version, 40)} · `}
          <span class="id">{plain(endpoint, 80)}</span>
        </span>
        <button
          type="button"
          class="close"
          aria-expanded={open}
          aria-label={`Details of ${plain(name, 40)}`}
          onClick={() => setChosen(!open)}
        >
          {open ? "Less" : "More"}
        </button>
      </header>
      <Problems server={server} now={now} />
      <dl class="facts">
        <Fact name="Events" level={linkLevel(events)} title={`since ${dayAndClock(events.since)}`}>
          {LINKS[events.state]}
        </Fact>
        {admin.state !== "off" && (
          <Fact
            name="Admin API"
            level={linkLevel(admin)}
            title={`since ${dayAndClock(admin.since)}`}
          >
            {LINKS[admin.state]}
          </Fact>
        )}
        {asOf !== null && (
          <Fact name="All else" always title={`as of ${dayAndClock(asOf)}`}>
            as of {clock(asOf)}
          </Fact>
        )}
        {admin.state === "off"
          ? (
            <Fact name="Plugins" title="Their state, restarts and rings are known by the Admin API">
              not asked: no --admin
            </Fact>
          )
          : (
            <>
              <Plugin name="Transport" plugin={server.transport} stale={asOf !== null} />
              <Plugin name="Event handler" plugin={server.event_handler} stale={asOf !== null} />
            </>
          )}
        <Numbers server={server} lost={lost} now={now} />
      </dl>
    </article>
  );
}

function Problems({ server, now }: { server: ServerState; now: number }): VNode {
  const { name, events, admin, stopped, as_of: asOf } = server;
  const since = (time: number) => ` (${clock(time)}, ${duration(now - time)} ago)`;
  // What was wrong with it then is of no use now.
  const handler = asOf === null ? server.event_handler : null;
  const failed = [asOf === null ? server.transport : null, handler]
    .flatMap((plugin) => plugin?.filters ?? [])
    .filter(({ state }) => state === "failed" || state === "disabled");
  const silent = asOf !== null && events.state === "lost" && admin.state === "lost";
  return (
    <>
      {stopped !== null && (
        <Problem level={2}>Janus said at {clock(stopped)} that it was about to end.</Problem>
      )}
      {silent && (
        <Problem level={2}>
          {silenceText(name)}
          {since(asOf)}
        </Problem>
      )}
      {[events, admin].map((link, index) =>
        link.problem !== null && !silent && (
          <Problem key={index} level={linkLevel(link) === 1 ? 1 : 2}>
            {plain(link.problem, 500)}
            {link.state !== "up" && since(link.since)}
          </Problem>
        )
      )}
      {handler !== null && handler.held_since !== null && (
        <Problem level={1}>
          Events wait for a subscriber since {clock(handler.held_since)}.
        </Problem>
      )}
      {failed.map(({ name, state, errors }: FilterState) => (
        <Problem key={name} level={2}>
          The filter or hook {plain(name, 40)} is {state}, after {many(errors, "error")}.
        </Problem>
      ))}
    </>
  );
}

function Plugin(
  { name, plugin, stale }: { name: string; plugin: PluginState | null; stale: boolean },
): VNode {
  if (plugin === null) return <Fact name={name}>{NOTHING}</Fact>;
  const { state, version, uptime, restarts, ring_used: used, ring_size: size } = plugin;
  const full = size > 0 ? used / size : 0;
  const level = pluginLevel(plugin);
  const ring: Severity = full > 0.8 ? 2 : full > 0.3 ? 1 : 0;
  const again: Severity = restarts > 0 && uptime < 600 ? 1 : 0;
  const title = `${name} ${plain(version, 20)}, up ${duration(uptime * 1000)}; ring: ` +
    `${bytes(used)} of ${bytes(size)}`;
  return (
    <Fact name={name} level={stale ? 0 : Math.max(level, ring, again) as Severity} title={title}>
      {plain(state, 20)}
      <span class="part">{many(restarts, "restart")}</span>
      <span class="part">ring {Math.round(full * 100)} %</span>
      {plugin.peers > 0 && (
        <span class="part">
          {name === "Transport" ? many(plugin.peers, "client") : many(plugin.peers, "subscriber")}
        </span>
      )}
    </Fact>
  );
}

function Numbers(
  { server, lost, now }: { server: ServerState; lost: Severity; now: number },
): VNode {
  const { missing, dropped, stalled, event_handler: handler, period, started } = server;
  const drops = Object.entries(dropped).filter(([, value]) => value > 0);
  const sum = drops.reduce((all, [, value]) => all + value, 0);
  const cut = handler?.cut_off ?? 0;
  return (
    <>
      <Fact name="Event rate" always title={`${count(server.total)} events in all`}>
        {count(server.rate)}/s
      </Fact>
      <Fact name="Dropped" level={sum > 0 ? lost : 0}>
        {count(sum)}
        {drops.map(([cause, value]) => (
          <span class="part" key={cause}>
            {plain(cause, 24).replaceAll("_", " ")} {count(value)}
          </span>
        ))}
      </Fact>
      <Fact
        name="Missing"
        level={missing !== null && missing > 0 ? lost : 0}
        title={missing === null
          ? "Events have no numbers: set general.sequence to see what is missing"
          : "Events that did not come, by the gaps in their numbers"}
      >
        {missing === null ? "no numbers" : count(missing)}
      </Fact>
      <Fact name="Cut off" level={cut > 0 ? 1 : 0} title="Subscribers that events go on without">
        {handler === null ? NOTHING : count(cut)}
      </Fact>
      <Fact name="Sessions">{count(server.sessions)}</Fact>
      <Fact name="Handles">{count(server.handles)}</Fact>
      <Fact name="Calls" always>{count(server.calls)}</Fact>
      <Fact
        name="No media"
        level={stalled > 0 && server.as_of === null ? 2 : 0}
        title="Media that should arrive and do not"
      >
        {count(stalled)}
      </Fact>
      {server.rooms > 0 && (
        <Fact name="Video rooms">
          {count(server.rooms)}
          <span class="part">{many(server.publishers, "publisher")}</span>
          <span class="part">{many(server.subscribers, "subscriber")}</span>
        </Fact>
      )}
      <Fact name="Statistics">{period === null ? NOTHING : `each ${period} s`}</Fact>
      {started !== null && (
        <Fact name="Janus began" title={dayAndClock(started)}>
          {now - started < DAY_MS ? clock(started) : dayAndClock(started)}
        </Fact>
      )}
      {server.restarts > 0 && started !== null && (
        <Fact name="Janus restarted" level={now - started < 600_000 ? 1 : 0}>
          {many(server.restarts, "time")}
          <span class="part">last {clock(started)}</span>
        </Fact>
      )}
    </>
  );
}
