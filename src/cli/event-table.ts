import { withPostgres } from "../ingest/postgres.ts";
import type { NumberedEvent } from "../store/index.ts";

const BATCH = 1000;

/** Puts events into a table of PostgreSQL, which is made where there is none; those that are there (by `n`) stay as they are. Returns how many came in. */
export async function insertEvents(
  place: string,
  table: string,
  events: AsyncIterable<NumberedEvent>,
): Promise<number> {
  return await withPostgres(place, async (sql) => {
    await sql`
      create table if not exists ${sql(table)} (
        n bigint primary key, "user" text not null, item text not null, type text not null, value double precision,
        time timestamptz not null, model text, pipeline text, position integer, context jsonb
      )`;
    await sql`alter table ${sql(table)} add column if not exists context jsonb`; // of a table that an older version made
    let inserted = 0;
    const insert = async (rows: readonly NumberedEvent[]): Promise<void> => {
      const values = rows.map(
        ({ n, user, item, type, value = null, time, model = null, pipeline = null, position = null, context }) => ({
          ...{ n, user, item, type, value, time: new Date(time * 1000), model, pipeline, position },
          context: context === undefined ? null : sql.json(context),
        }),
      );
      const { count } = await sql`insert into ${sql(table)} ${sql(values)} on conflict (n) do nothing`;
      inserted += count;
    };
    let rows: NumberedEvent[] = [];
    for await (const event of events) {
      rows.push(event);
      if (rows.length < BATCH) continue;
      await insert(rows);
      rows = [];
    }
    if (rows.length > 0) await insert(rows);
    return inserted;
  });
}
