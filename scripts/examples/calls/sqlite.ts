/** Call records in a file of SQLite's. */
import { DatabaseSync } from "node:sqlite";
import { ADD, addValues, FORGET, KEPT_MS, NOTE, noteValues, type Store, TABLES } from "./tables.ts";

/** Opens or makes the file. */
export function openSqlite(path: string): Store {
  const database = new DatabaseSync(path);
  // Here, numbers of values are written with a question mark.
  const prepare = (text: string) => database.prepare(text.replaceAll("$", "?"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000");
  TABLES.forEach((table) => database.exec(table));
  prepare(FORGET).run(Date.now() - KEPT_MS);
  const note = prepare(NOTE), add = prepare(ADD);
  return {
    write(changes) {
      database.exec("BEGIN IMMEDIATE");
      try {
        for (const change of changes) {
          if (note.run(...noteValues(change)).changes === 1) add.run(...addValues(change));
        }
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
      return Promise.resolve();
    },
    [Symbol.asyncDispose]() {
      database.close();
      return Promise.resolve();
    },
  };
}
