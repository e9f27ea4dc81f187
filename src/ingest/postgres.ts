/** Tables of PostgreSQL, by `postgres`, which an install does not bring. */
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { Sql } from "postgres";
import { fail } from "../core/errors.ts";
import { shownPlace } from "./database-place.ts";
import { cancelled } from "./source.ts";

/** Does work with a connection, and closes it. Throws DATA_CLIENT, DATA_DATABASE with what the database says. */
export async function withPostgres<T>(place: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const { default: postgres } = await import("postgres").catch((cause: unknown) =>
    fail("DATA_CLIENT", { what: "Nothing that speaks to PostgreSQL is installed: postgres is missing", cause }),
  );
  const sql = postgres(place, { max: 1, connect_timeout: 10, onnotice() {} });
  try {
    return await work(sql);
  } catch (cause) {
    const { message, code, name } = cause as Error & { readonly code?: string };
    if (name !== "PostgresError" && !/^(E[A-Z]+|CONNECT|CONNECTION_[A-Z]+)/.test(code ?? "")) throw cause;
    return fail("DATA_DATABASE", {
      what: `The database ${shownPlace(place)} refuses, or cannot be reached`,
      received: message || code,
      cause,
    });
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Writes the rows of a query to a file, as CSV with names; nothing can be changed by the query. Throws as `withPostgres` does, DATA_CANCELLED. */
export async function copyQuery(place: string, query: string, path: string, signal?: AbortSignal): Promise<void> {
  await withPostgres(place, (sql) =>
    sql.begin("read only", (own) =>
      pipeline(csvOf(own.unsafe(query).raw().cursor(PAGE)), createWriteStream(path), signal ? { signal } : {}),
    ),
  ).catch((error: unknown) => {
    throw signal?.aborted ? cancelled(shownPlace(place), signal.reason) : error;
  });
}

/** Rows fetched at once. */
const PAGE = 2000;

/** Every value as the database writes it, in quotes; one that is null is empty. */
async function* csvOf(pages: AsyncIterable<readonly (readonly (Buffer | null)[])[]>): AsyncGenerator<string> {
  let isFirst = true;
  for await (const page of pages) {
    const { columns } = page as unknown as { readonly columns: readonly { readonly name: string }[] };
    if (isFirst) yield `${columns.map(({ name }) => quoted(name)).join(",")}\n`;
    isFirst = false;
    yield page.map((row) => `${row.map((cell) => (cell === null ? "" : quoted(String(cell)))).join(",")}\n`).join("");
  }
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
