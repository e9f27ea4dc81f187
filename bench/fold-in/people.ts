/** People whom the run has not seen, and what is known of them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { hash, importDataset } from "../penchant.ts";

/** A past item; the value is a rating, or 1. */
export interface Met {
  readonly item: number;
  readonly value: number;
}
export type Rows = readonly (readonly Met[])[];

export interface NamedSet {
  readonly name: string;
  /** Below the data folder. */
  readonly path: string;
  readonly rated: boolean;
  /** Past items that reasons are asked for, of people who have as many. */
  readonly past: number;
}

export const sets: readonly NamedSet[] = [
  { name: "ml-100k", path: "ml-100k/u.data", rated: true, past: 25 },
  { name: "steam", path: "steam/game_purchase.dat", rated: false, past: 10 },
];

export interface People {
  /** Everybody. */
  readonly rows: Rows;
  readonly items: number;
  /** Places of every sixth user, whom no run is trained on. */
  readonly left: readonly number[];
  readonly kept: Rows;
}

/** Undefined where the files are not there. */
export async function readPeople(folder: string, { path, rated }: NamedSet): Promise<People | undefined> {
  const file = join(folder, path);
  if (!existsSync(file)) return undefined;
  const { interactions } = await importDataset(file);
  const { offsets, items, values } = interactions.byUser;
  const rows = Array.from({ length: interactions.users.size }, (_, user) =>
    Array.from(items.subarray(offsets[user], offsets[user + 1]), (item, i) => ({
      item,
      value: rated ? (values?.[(offsets[user] ?? 0) + i] ?? 1) : 1,
    })),
  );
  const isLeft = (user: number) => user % 6 === 5;
  return {
    rows,
    items: interactions.items.size,
    left: [...rows.keys()].filter(isLeft),
    kept: rows.filter((_, user) => !isLeft(user)),
  };
}

/** In an order drawn for each user. */
export const drawn = (row: readonly Met[], user: number): readonly Met[] =>
  row.toSorted((a, b) => hash(1, user, a.item) - hash(1, user, b.item) || a.item - b.item);
