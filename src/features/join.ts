import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import { fitsKind, isMissing, pairedCell, vectorOf, wrongValue } from "./cells.ts";
import { raggedVector } from "./fit.ts";
import { commonest, guessKind, type KindGuess } from "./guess.ts";
import { pixelsOf } from "./picture.ts";
import { partsOfPair, placeOf, placePairs } from "./places.ts";
import { type Cell, type FeatureColumn, KINDS, type Kind } from "./types.ts";

/** A table as it was read: names of its columns, and a cell for each of them in every row. */
export interface Table {
  /** For messages. */
  readonly source: string;
  readonly names: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface JoinOptions {
  readonly side: "item" | "user";
  /** Column of the id: a name, or a number from 1. Default: the one with the most ids of the data set. */
  readonly id?: string | number | undefined;
  /** Several rows an id: their values become a list each. Default: such rows are refused unless they are the same. */
  readonly gather?: boolean | undefined;
  /** Kinds by feature, instead of guesses. */
  readonly kinds?: Readonly<Record<string, string>> | undefined;
}

/** Ids by index, and the way back. */
export interface KnownIds {
  readonly size: number;
  id(index: number): string;
  index(id: string): number | undefined;
}

/** How a table met the ids of a data set. */
export interface JoinReport {
  readonly source: string;
  readonly side: "item" | "user";
  /** The column of the id. */
  readonly id: string;
  /** Where that was guessed and may be none: why. */
  readonly doubt?: string;
  /** Rows of the table. */
  readonly rows: number;
  /** Ids of the data set that it has a row for. */
  readonly matched: number;
  /** Ids of the data set without a row, and examples. */
  readonly without: { readonly count: number; readonly examples: readonly string[] };
  /** Ids of the table that the data set does not have, and examples. */
  readonly unknown: { readonly count: number; readonly examples: readonly string[] };
}

export interface Joined {
  readonly columns: readonly FeatureColumn[];
  readonly report: JoinReport;
}

const EXAMPLES = 3;

/**
 * The features of a table, by index of the data set's items (or users). Throws FEATURE_ID where no column holds its ids,
 * FEATURE_DUPLICATE where an id has two different rows, FEATURE_UNKNOWN and CONFIG_UNKNOWN for names of columns and kinds,
 * FEATURE_VALUE where a kind that was asked for does not fit.
 */
export function joinFeatures(
  table: Table,
  ids: KnownIds,
  { side, id, gather = false, kinds = {} }: JoinOptions,
): Joined {
  const at = id === undefined ? guessId(table, ids, side) : columnNamed(table, id);
  const rowsOf = Array.from({ length: ids.size }, (): number[] => []);
  const unknown = new Set<string>();
  for (const [row, cells] of table.rows.entries()) {
    const text = idOf(cells[at]);
    const index = text === undefined ? undefined : ids.index(text);
    if (index === undefined) {
      if (text !== undefined) unknown.add(text);
      continue;
    }
    const rows = rowsOf[index] as number[];
    const [other] = rows;
    if (other === undefined || gather) rows.push(row);
    else checkSame(table, { id: text as string, side }, other, row);
  }
  const matched = rowsOf.filter((rows) => rows.length > 0).length;
  if (matched === 0) neverMatch(table, ids, side, at);
  const sources = sourcesOf(table, at, kinds);
  const names = sources.map(({ name }) => name);
  for (const name of Object.keys(kinds)) if (!names.includes(name)) unknownColumn(table, name, names);
  const columns = sources.map(({ name, cellOf }): FeatureColumn => {
    const values = rowsOf.map((rows) => gathered(rows.map(cellOf)));
    const asked = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    return { id: table.names[at] as string, ...featureColumn(name, values, asked) };
  });
  const missing = Array.from(rowsOf.keys()).filter((index) => rowsOf[index]?.length === 0);
  return {
    columns,
    report: {
      ...{ source: table.source, side, id: table.names[at] as string, rows: table.rows.length, matched },
      ...(id === undefined &&
        isDoubtful(table.names[at] as string, matched, ids) && { doubt: doubt(table, at, matched, ids) }),
      without: { count: missing.length, examples: missing.slice(0, EXAMPLES).map((index) => ids.id(index)) },
      unknown: { count: unknown.size, examples: [...unknown].slice(0, EXAMPLES) },
    },
  };
}

/** Values read as a kind, or as they suggest; of guesses see `settled`. Throws FEATURE_VALUE where what was asked for does not hold, CONFIG_UNKNOWN. */
export function featureColumn(name: string, cells: readonly Cell[], asked?: string): FeatureColumn {
  const values = cells.map(plainCell);
  const chosen = asked === undefined ? guessKind(name, values) : { kind: kindNamed(asked), why: "as asked for" };
  return { name, ...settled(name, chosen, values, asked !== undefined) };
}

interface Source {
  readonly name: string;
  readonly cellOf: (row: number) => Cell;
}

/** What becomes a feature: a column, or latitude and longitude together, by their names or because it was asked for (`lat+lon`). */
function sourcesOf({ names, rows }: Table, id: number, kinds: Readonly<Record<string, string>>): Source[] {
  const cell = (column: number) => (row: number) => rows[row]?.[column] ?? null;
  const pairOf = (name: string): Source[] => {
    const places = partsOfPair(name)?.map((part) => names.indexOf(part)) ?? [];
    const [latitude = -1, longitude = -1] = places;
    if (latitude < 0 || longitude < 0 || names.includes(name)) return [];
    return [{ name, cellOf: (row) => pairedCell(cell(latitude)(row), cell(longitude)(row)) }];
  };
  const asked = Object.keys(kinds).flatMap(pairOf);
  const taken = new Set([...Object.keys(kinds), ...asked.flatMap(({ name }) => partsOfPair(name) ?? [])]);
  const guessed = placePairs(names)
    .filter((name) => !partsOfPair(name)?.some((part) => taken.has(part) || part === names[id]))
    .flatMap(pairOf)
    .filter(({ cellOf }) => isPlaces(rows.map((_, row) => cellOf(row))));
  const pairs = [...asked, ...guessed];
  const paired = new Set(pairs.flatMap(({ name }) => partsOfPair(name) ?? []));
  const own = names.flatMap((name, column) =>
    column === id || paired.has(name) ? [] : [{ name, cellOf: cell(column) }],
  );
  return [...own, ...pairs];
}

function isPlaces(cells: readonly Cell[]): boolean {
  const known = cells.filter((each) => !isMissing(each));
  return known.length > 0 && known.filter(placeOf).length >= 0.95 * known.length;
}

/** The column, or the columns, of a feature among those of a table; undefined where they are not there. */
export function columnsNamed(feature: string, names: readonly string[]): readonly number[] | undefined {
  const parts = names.includes(feature) ? [feature] : (partsOfPair(feature) ?? []);
  const places = parts.map((part) => names.indexOf(part));
  return places.length === 0 || places.includes(-1) ? undefined : places;
}

const idOf = (cell: Cell | undefined): string | undefined => (isMissing(cell) ? undefined : String(cell).trim());

const plainCell = (cell: Cell): Cell => (isMissing(cell) ? null : typeof cell === "string" ? cell.trim() : cell);

/** A guess leaves out the few values that speak against it, and says so; what was asked for has to hold for all. Throws FEATURE_VALUE. */
function settled(name: string, { kind, why }: KindGuess, values: readonly Cell[], isAsked: boolean) {
  const width = commonest(values.flatMap((cell) => numbersOf[kind]?.(cell)?.length ?? []));
  const fits = (cell: Cell): boolean => isMissing(cell) || fitsKind(kind, cell, width);
  const others = values.filter((cell) => !fits(cell));
  const [first = null] = others;
  if (others.length === 0) return { kind, why, values };
  const numbers = kind === "vector" ? vectorOf(first) : undefined;
  if (isAsked && numbers) raggedVector(name, width, numbers.length, first);
  if (isAsked) wrongValue(name, kind, first);
  const left = `${others.length} that are not, such as ${JSON.stringify(first)?.slice(0, 40)}, count as missing`;
  return { kind, why: `${why}; ${left}`, values: values.map((cell) => (fits(cell) ? cell : null)) };
}

const numbersOf: Partial<Record<Kind, (cell: Cell) => ArrayLike<number> | undefined>> = {
  vector: vectorOf,
  image: pixelsOf,
};

/** The value of an id; of several different ones a list. */
function gathered(cells: readonly Cell[]): Cell {
  const known = [...new Set(cells.map(plainCell))].filter((cell) => cell !== null);
  const [first = null, ...others] = known;
  return others.length === 0 ? first : known.map(String);
}

/** Numbers of any kind look like ids that are numbers: a column that is called none and holds few of them may be something else. */
const isDoubtful = (name: string, matched: number, ids: KnownIds): boolean =>
  matched < ids.size / 2 && !/id$|^id|key|code|sku|asin|isbn|^(item|user|movie|product)s?$/i.test(name);

const doubt = ({ names }: Table, at: number, matched: number, ids: KnownIds): string =>
  `"${names[at]}" is taken as the id, for it holds ${matched} of ${ids.size} ids, the most of all columns; nothing else says so. If another one is meant: --id ${names.find((_, other) => other !== at) ?? "COLUMN"}`;

/** The column that holds the most different ids of the data set; of equals the first. */
function guessId(table: Table, ids: KnownIds, side: "item" | "user"): number {
  const counts = table.names.map((_, column) => {
    const found = new Set<number>();
    for (const row of table.rows) {
      const text = idOf(row[column]);
      const index = text === undefined ? undefined : ids.index(text);
      if (index !== undefined) found.add(index);
    }
    return found.size;
  });
  const most = Math.max(...counts);
  return most > 0 ? counts.indexOf(most) : neverMatch(table, ids, side, undefined);
}

function neverMatch(table: Table, ids: KnownIds, side: string, at: number | undefined): never {
  const own = Array.from({ length: Math.min(EXAMPLES, ids.size) }, (_, index) => ids.id(index));
  const theirs = table.rows.slice(0, EXAMPLES).map((row) => String(row[at ?? 0]));
  return fail("FEATURE_ID", {
    what:
      at === undefined
        ? `${table.source} has no column with ids of the data set's ${side}s`
        : `No id in "${table.names[at]}" of ${table.source} is one of the data set's ${side}s`,
    expected: `ids as ${own.map((each) => JSON.stringify(each)).join(", ")}`,
    received: `${theirs.map((each) => JSON.stringify(each)).join(", ")} in "${table.names[at ?? 0]}"`,
    details: { columns: table.names },
  });
}

function columnNamed(table: Table, id: string | number): number {
  const at = typeof id === "number" ? id - 1 : table.names.indexOf(id);
  return at >= 0 && at < table.names.length ? at : unknownColumn(table, String(id), table.names);
}

function unknownColumn(table: Table, name: string, known: readonly string[]): never {
  const close = nearest(name, known);
  return fail("FEATURE_UNKNOWN", {
    what: `${table.source} has no column "${name}"`,
    expected: known.join(", "),
    received: name,
    fix: close
      ? `Did you mean "${close}"?`
      : known.every((each) => /^\d+$/.test(each))
        ? UNNAMED
        : "Use one of the columns listed.",
    details: { known },
  });
}

/** Where all cells are texts, nothing tells names from values. */
const UNNAMED = "Its first line was read as a row: where it holds the names, add --header.";

function kindNamed(kind: string): Kind {
  const found = KINDS.find((each) => each === kind);
  const close = nearest(kind, KINDS);
  return (
    found ??
    fail("CONFIG_UNKNOWN", {
      what: `There is no kind of feature "${kind}"`,
      expected: KINDS.join(", "),
      received: kind,
      fix: close ? `Did you mean "${close}"?` : "Use one of the kinds listed.",
    })
  );
}

function checkSame(
  { source, names, rows }: Table,
  { id, side }: { id: string; side: string },
  first: number,
  second: number,
): void {
  const [a = [], b = []] = [rows[first], rows[second]];
  const differs = names.findIndex((_, column) => JSON.stringify(a[column]) !== JSON.stringify(b[column]));
  if (differs < 0) return;
  fail("FEATURE_DUPLICATE", {
    what: `${source} has two rows for the ${side} ${JSON.stringify(id)}, which differ in "${names[differs]}"`,
    expected: `one row an id`,
    received: `${JSON.stringify(a[differs])} and ${JSON.stringify(b[differs])}`,
    details: { id, rows: [first + 1, second + 1] },
  });
}
