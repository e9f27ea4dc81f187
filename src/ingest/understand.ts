import { Buffer } from "node:buffer";
import { fail } from "../core/errors.ts";
import { type Alternative, otherReadings } from "./alternatives.ts";
import { doubtsOf, type Reading } from "./doubts.ts";
import { findContext } from "./find-column.ts";
import type { Column } from "./id-scores.ts";
import type { KeyColumn, PartOptions } from "./key-columns.ts";
import { profileColumn } from "./profile.ts";
import { type ColumnReport, describeColumns, type Warning } from "./report.ts";
import { assignRoles, type RoleGuesses } from "./roles.ts";
import { guessTimeForm, TIME_FORMATS, type TimeForm, timeFormOf } from "./times.ts";
import { guessValueForm, type ValueForm } from "./values.ts";

/** What the sampled rows of a source say about its columns. */
export interface Table {
  readonly path: string;
  readonly names: readonly string[];
  /** The names come from the source; otherwise they are numbers. */
  readonly named: boolean;
  /** Sampled cells of a column. */
  readonly cells: (column: number) => readonly string[];
  /** Of delimited text. */
  readonly delimiter?: string;
}

/** How the columns of a source are understood. */
export interface Understanding {
  readonly roles: RoleGuesses;
  /** Places of the columns of context, in the order in which they were asked for. */
  readonly context: readonly number[];
  readonly columns: readonly ColumnReport[];
  readonly value?: ValueForm | undefined;
  readonly time?: TimeForm | undefined;
  /** 0..1: how sure the user and the item are. */
  readonly confidence: number;
  readonly warnings: readonly Warning[];
  /** The best other readings, for where there is a doubt. */
  readonly alternatives: readonly Alternative[];
  readonly reading: Reading;
  /** How many of the columns, the last ones, come from the names of folders. */
  readonly keyCount: number;
}

/** Decides what each column is and how it is written, from all of the sample. Errors as in `assignRoles`. */
export function understand(table: Table, options: PartOptions): Understanding {
  const { path, named, delimiter } = table;
  const keys = (options.keys ?? []).filter(({ name }) => !table.names.includes(name));
  const { names, cells } = withKeys(table, keys);
  const columns = names.map((name, at): Column => {
    return { name, cells: cells(at), profile: profileColumn(cells(at), delimiter) };
  });
  const context = findContext(names, options.context ?? [], options.mayLackContext);
  const assignment = assignRoles(columns, named, options, context);
  const { roles } = assignment;
  const time = roles.time && chosenTimeForm(columns[roles.time.column] as Column, options.timeFormat);
  const value = roles.value && guessValueForm(cells(roles.value.column), delimiter).form;
  const forms = { time: time?.name, value: value?.name };
  const reading = { path, columns, assignment, time, value, options };
  return {
    roles,
    context,
    columns: describeColumns(names, cells, roles, forms).map((column, at) =>
      context.includes(at) ? { ...column, context: true } : column,
    ),
    value,
    time,
    confidence: Math.min(roles.user?.confidence ?? 0, roles.item?.confidence ?? 0),
    warnings: doubtsOf(reading),
    alternatives: otherReadings(path, columns, assignment, options),
    reading,
    keyCount: keys.length,
  };
}

/** The columns of folders beside the file's own: their values spread over the sampled rows, as if of all parts. */
function withKeys({ names, cells }: Table, keys: readonly KeyColumn[]): Pick<Table, "names" | "cells"> {
  if (keys.length === 0) return { names, cells };
  const rows = cells(0);
  return {
    names: [...names, ...keys.map(({ name }) => name)],
    cells: (column) => {
      const { values } = keys[column - names.length] ?? {};
      if (values === undefined) return cells(column);
      const length = Math.max(rows.length, values.length);
      return Array.from({ length }, (_, at) => values[Math.floor((at * values.length) / length)] ?? "");
    },
  };
}

/** A cell that is text already, through the form of its column. */
export function readText(form: ValueForm | TimeForm | undefined, text: string): number | undefined {
  const bytes = Buffer.from(text);
  return form?.read(bytes, 0, bytes.length);
}

function chosenTimeForm({ cells }: Column, wanted: string | undefined): TimeForm {
  if (wanted === undefined) return guessTimeForm(cells)?.form ?? (timeFormOf("seconds") as TimeForm);
  return (
    timeFormOf(wanted) ??
    fail("CONFIG_UNKNOWN", { what: "Unknown time format", expected: TIME_FORMATS.join(", "), received: wanted })
  );
}
