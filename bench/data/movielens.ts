import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type DataSet, type Event, split } from "./dataset.ts";

/** Files in which the ratings are found, each with what separates its columns: user, item, rating, time. */
const sources = [
  { file: "ratings.dat", separator: "::" },
  { file: "ratings.tsv.gz", separator: "\t" },
] as const;

/** MovieLens 1M below `folder`/ml-1m, as GroupLens publishes it or as a gzipped table; undefined where there is none. */
export function readMovieLens(folder: string): DataSet | undefined {
  for (const { file, separator } of sources) {
    const path = join(folder, "ml-1m", file);
    if (!existsSync(path)) continue;
    const bytes = readFileSync(path);
    return parse((file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1"), separator);
  }
  return undefined;
}

/** Ids are numbered in order of appearance; rows of the same second keep their order in the file. */
export function parse(text: string, separator: string): DataSet {
  const [users, items] = [new Map<string, number>(), new Map<string, number>()];
  const byUser: (Event & { time: number })[][] = [];
  for (const line of text.split("\n")) {
    const [rawUser = "", rawItem = "", value, time] = line.split(separator);
    if (time === undefined || !/^\d+$/.test(rawUser)) continue; // a header, or the end
    const [user, item] = [numberOf(users, rawUser), numberOf(items, rawItem)];
    byUser[user] ??= [];
    byUser[user].push({ user, item, value: Number(value), time: Number(time) });
  }
  for (const events of byUser) events.sort((a, b) => a.time - b.time);
  return split("MovieLens 1M", users.size, items.size, byUser);
}

function numberOf(ids: Map<string, number>, id: string): number {
  const known = ids.get(id);
  if (known !== undefined) return known;
  ids.set(id, ids.size);
  return ids.size - 1;
}
