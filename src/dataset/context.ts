/** What is known of events besides who, what and when: columns of their source, a row an event. */
import { fail } from "../core/errors.ts";
import { type FeatureColumn, featureColumn, type Kind } from "../features/index.ts";
import type { ContextCells } from "../ingest/index.ts";
import type { Interactions } from "./interactions.ts";
import type { TimedCsr } from "./timed.ts";

/** Columns of a source, read as the kinds asked for, else as their values suggest. Throws FEATURE_UNKNOWN, FEATURE_VALUE, CONFIG_UNKNOWN. */
export function contextColumns(
  cells: readonly ContextCells[],
  kinds: Readonly<Record<string, string>> = {},
): FeatureColumn[] {
  const names = cells.map(({ name }) => name);
  const unknown = Object.keys(kinds).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    fail("FEATURE_UNKNOWN", {
      what: `There is no column "${unknown}" of context`,
      expected: names.join(", ") || "no names: no context was asked for",
      received: unknown,
      fix: "Name it with --context too.",
      details: { known: names },
    });
  }
  return cells.map((column) => featureColumn(column.name, column.cells, kinds[column.name]));
}

/** Columns of a longer source as they were read before. Throws FEATURE_VALUE where a value is not of its column's kind. */
export function grownContext(known: readonly FeatureColumn[], cells: readonly ContextCells[]): FeatureColumn[] {
  const kinds = Object.fromEntries(known.map(({ name, kind }): [string, Kind] => [name, kind]));
  return contextColumns(cells, kinds).map((column, i) => ({ ...column, why: known[i]?.why ?? column.why }));
}

/** The text of a cell, as its source may have written it. */
export const contextText = ({ values }: FeatureColumn, row: number): string => {
  const cell = values[row] ?? "";
  return typeof cell === "string" ? cell : JSON.stringify(cell);
};

/** How often the item of each event is met. */
export function countsByEvent(interactions: Interactions, context: readonly FeatureColumn[]): Float32Array {
  const { itemCounts } = interactions.catalog();
  const counts = new Float32Array(context[0]?.values.length ?? 0);
  const { items, context: rows } = interactions.recorded ?? interactions.byUser;
  for (const [at, row] of (rows ?? []).entries()) counts[row] = itemCounts[items[at] as number] as number;
  return counts;
}

/** Columns without what they say of one user's events. */
export function withoutContext(
  columns: readonly FeatureColumn[],
  parts: readonly Interactions[],
  user: number,
): FeatureColumn[] {
  const gone = new Set(parts.flatMap((part) => [part.byUser, part.recorded].flatMap((rows) => rowsOf(rows, user))));
  return columns.map((column) => ({
    ...column,
    values: column.values.map((value, row) => (gone.has(row) ? null : value)),
  }));
}

function rowsOf(rows: TimedCsr | undefined, user: number): readonly number[] {
  return [...(rows?.context?.subarray(rows.offsets[user], rows.offsets[user + 1]) ?? [])];
}
