/** Renders the C headers of what C and TypeScript both know. @module */
import * as layout from "../../ffi/bridge/layout.ts";
import * as events from "../../plugins/events/records.ts";
import { EVENT_SUBTYPES, EVENT_TYPES } from "../../plugins/janus/event_types.ts";
import { DROP_LABELS, Place } from "../../plugins/janus/places.ts";
import * as transport from "../../plugins/transport/records.ts";

type Groups = Record<string, Readonly<Record<string, number>>>;

/** `JZ_GROUP_SOME_KEY` */
function constantName(group: string, key: string): string {
  return `JZ_${group}_${key.replace(/[A-Z]/g, "_$&")}`.toUpperCase();
}

function renderGroups(groups: Groups): string[] {
  return Object.entries(groups).flatMap(([group, members]) => [
    "",
    ...Object.entries(members).map(([key, value]) =>
      `#define ${constantName(group, key)} ${value}${group.endsWith("fd") ? "" : "u"}`
    ),
  ]);
}

/** @param name of the file, without `.gen.h` */
function renderHeader(name: string, source: string, lines: readonly string[]): string {
  const guard = `JZ_${name.toUpperCase()}_GEN_H`;
  return [
    `/* Generated from ${source} by \`deno task generate\`. Do not edit. */`,
    ...[`#ifndef ${guard}`, `#define ${guard}`, ...lines, "", "#endif", ""],
  ].join("\n");
}

/** The header that gives C the constants of `ffi/bridge/layout.ts`. */
export function renderLayoutHeader(): string {
  return renderHeader("layout", "ffi/bridge/layout.ts", [
    "",
    `#define JZ_ABI_VERSION ${layout.ABI_VERSION}u`,
    `#define JZ_SKIP ${layout.SKIP}u`,
    `#define JZ_NAMED ${layout.NAMED}u`,
    ...renderGroups({
      fd: layout.Fd,
      companion_fd: layout.CompanionFd,
      companion: layout.Companion,
      exit: layout.Exit,
      size: layout.Size,
      down: layout.Down,
      up: layout.Up,
      failed: layout.FailedFlag,
    }),
  ]);
}

/** A plugin's kinds without those that every plugin has. */
function ownKinds(
  all: Readonly<Record<string, number>>,
  common: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !(key in common)));
}

/** The transport's records. */
export function renderTransportHeader(): string {
  return renderHeader(
    "transport",
    "plugins/transport/records.ts",
    renderGroups({
      down: ownKinds(transport.Down, layout.Down),
      up: ownKinds(transport.Up, layout.Up),
      flag: transport.Flag,
      session: transport.SessionFlag,
    }),
  );
}

/** The event handler's records, and what Janus's types of events and their subtypes are called. */
export function renderEventsHeader(): string {
  return renderHeader(
    "events",
    "plugins/events/records.ts and plugins/janus/event_types.ts",
    renderGroups({
      down: ownKinds(events.Down, layout.Down),
      event: EVENT_TYPES,
      ...Object.fromEntries(
        Object.entries(EVENT_SUBTYPES).map(([label, subtypes]) => [`event_${label}`, subtypes]),
      ),
    }),
  );
}

/** The places where Janus's side counts, and one that it reads. */
export function renderPlacesHeader(): string {
  const { ring_full, oversized, invalid, stream_away_since } = Place;
  const labels = DROP_LABELS.map((label) => JSON.stringify(label)).join(", ");
  return renderHeader("places", "plugins/janus/places.ts", [
    ...renderGroups({ place: { ring_full, oversized, invalid, stream_away_since } }),
    "",
    "/* What is counted at each of them, one after the other. */",
    `#define JZ_DROP_LABELS { ${labels} }`,
    `#define JZ_DROP_TYPES ${DROP_LABELS.length}u`,
  ]);
}
