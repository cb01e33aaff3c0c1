/** Tables and statements, the same for SQLite and PostgreSQL. */
import type { Change } from "./call.ts";

/** Where call records are written. */
export interface Store extends AsyncDisposable {
  /** Writes changes in one transaction: all of them or none, and none a second time. */
  write(changes: readonly Change[]): Promise<void>;
}

/** Made where they are not there. `done` has the events that are in `calls` already. */
export const TABLES = [
  `CREATE TABLE IF NOT EXISTS calls (
    instance TEXT, epoch BIGINT, session TEXT, handle TEXT,
    who TEXT, plugin TEXT, began BIGINT, ended BIGINT, reason TEXT,
    reports INTEGER NOT NULL, quality INTEGER NOT NULL, slow INTEGER NOT NULL, lost INTEGER NOT NULL,
    PRIMARY KEY (instance, epoch, session, handle))`,
  `CREATE TABLE IF NOT EXISTS done (
    id TEXT PRIMARY KEY, instance TEXT, epoch BIGINT, number BIGINT, received BIGINT)`,
];

/** Notes an event; changes no row if it was noted before. */
export const NOTE = `INSERT INTO done (id, instance, epoch, number, received)
  VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`;

/** Adds to the record of a call. */
export const ADD = `INSERT INTO calls
    (instance, epoch, session, handle, who, plugin, began, ended, reason, reports, quality, slow, lost)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  ON CONFLICT (instance, epoch, session, handle) DO UPDATE SET
    who = COALESCE(calls.who, excluded.who), plugin = COALESCE(calls.plugin, excluded.plugin),
    began = COALESCE(calls.began, excluded.began), ended = COALESCE(calls.ended, excluded.ended),
    reason = COALESCE(calls.reason, excluded.reason),
    reports = calls.reports + excluded.reports, quality = calls.quality + excluded.quality,
    slow = calls.slow + excluded.slow, lost = calls.lost + excluded.lost`;

/** What the stream keeps no longer can't come again: $1 is in milliseconds since 1970. */
export const FORGET = `DELETE FROM done WHERE received < $1`;

/** Longer than `stream.max_age`, which is seven days. */
export const KEPT_MS: number = 8 * 24 * 3600 * 1000;

/** The values of {@linkcode NOTE}. */
export function noteValues({ id, instance, epoch, number, received }: Change) {
  return [id, instance, epoch, number, received];
}

/** The values of {@linkcode ADD}. */
export function addValues(change: Change) {
  const { instance, epoch, session, handle, who, plugin, began, ended, reason } = change;
  const { reports, quality, slow, lost } = change;
  const call = [instance, epoch, session, handle, who, plugin, began, ended, reason];
  return [...call, reports, quality, slow, lost];
}
