/** Call records in PostgreSQL. */
import postgres from "postgres";
import { ADD, addValues, FORGET, KEPT_MS, NOTE, noteValues, type Store, TABLES } from "./tables.ts";

/** Connects. @param url such as `postgres://user:password@localhost:5432/calls` */
export async function openPostgres(url: string): Promise<Store> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  for (const table of TABLES) await sql.unsafe(table);
  await sql.unsafe(FORGET, [Date.now() - KEPT_MS]);
  return {
    async write(changes) {
      await sql.begin(async (transaction) => {
        for (const change of changes) {
          const noted = await transaction.unsafe(NOTE, noteValues(change), { prepare: true });
          if (noted.count === 0) continue;
          await transaction.unsafe(ADD, addValues(change), { prepare: true });
        }
      });
    },
    async [Symbol.asyncDispose]() {
      await sql.end();
    },
  };
}
