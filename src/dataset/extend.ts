import { rowNumbers } from "../core/csr.ts";
import type { FeatureColumn, Features } from "../features/index.ts";
import {
  createEvents,
  type Events,
  IdTable,
  type ReadOptions,
  readEvents,
  type SourceReport,
} from "../ingest/index.ts";
import { buildInteractions } from "./build.ts";
import type { Dataset } from "./dataset.ts";
import { pickFeatures } from "./features.ts";
import { Interactions } from "./interactions.ts";
import { policyOf, reportOf } from "./report.ts";
import { withRows } from "./timed.ts";
import { Vocabulary } from "./vocabulary.ts";

/** A data set with the rows of another file, and how much that is. */
export interface ExtendedDataset {
  readonly dataset: Dataset;
  readonly added: {
    /** Rows of the file that were read. */
    readonly rows: number;
    /** Malformed lines, left out. */
    readonly rejected: number;
    readonly users: number;
    readonly items: number;
    /** Pairs of a user and an item that were not there before; the other rows say something new of a known pair. */
    readonly interactions: number;
  };
}

/**
 * Adds the rows of a file as if they stood at the end of the first one: ids that are known keep their index, new ones follow;
 * rows of known pairs are merged as the import did it. Columns are read as in the first file where the options do not say
 * otherwise. Parts that a benchmark holds out stay. Throws as `readEvents` does.
 */
export async function extendDataset(dataset: Dataset, path: string, options: ReadOptions): Promise<ExtendedDataset> {
  const { interactions, given, features, report } = dataset;
  const { events, report: source } = await readEvents(path, { ...columnsOf(report.source), ...options });
  const all = together(interactions, events);
  const ids = { users: Vocabulary.fromTable(all.users), items: Vocabulary.fromTable(all.items) };
  const policy = policyOf(report);
  const { interactions: grown, duplicates } = buildInteractions(all, ids, policy);
  const part = (old: Interactions) => new Interactions(ids.users, ids.items, withRows(old.byUser, ids.users.size));
  const rows = events.user.length;
  const added = {
    rows,
    rejected: source.rejected.count,
    users: ids.users.size - interactions.users.size,
    items: ids.items.size - interactions.items.size,
    interactions: grown.size - interactions.size,
  };
  const fresh = reportOf({
    source: report.source,
    interactions: grown,
    duplicates: report.duplicates.count + duplicates,
    policy,
    given: report.given,
  });
  const note = { code: "extended", message: `${rows} rows of ${path} were added to those of ${report.source.source}.` };
  return {
    dataset: {
      interactions: grown,
      given: given && {
        validation: given.validation && part(given.validation),
        test: part(given.test),
        candidates: given.candidates && withRows(given.candidates, ids.users.size),
      },
      ...(features && { features: grownFeatures(features, ids) }),
      report: { ...fresh, warnings: [...fresh.warnings, note] },
    },
    added,
  };
}

/** Nothing is known of what is new. */
function grownFeatures(
  { users, items }: Features,
  ids: { readonly users: Vocabulary; readonly items: Vocabulary },
): Features {
  const grown = (columns: readonly FeatureColumn[] | undefined, { size }: Vocabulary) =>
    columns && pickFeatures(columns, Array(size).keys());
  return { users: grown(users, ids.users), items: grown(items, ids.items) };
}

/** The columns of a file by name, where it has names. */
function columnsOf({ columns }: SourceReport): ReadOptions {
  const roles = columns.flatMap(({ role, name }) => (role === undefined || /^\d+$/.test(name) ? [] : [[role, name]]));
  return Object.fromEntries(roles) as ReadOptions;
}

/** The interactions in the order of their source, then the events; ids of the first keep their index. */
function together({ users, items, byUser }: Interactions, events: Events): Events {
  const tables = { users: tableOf(users), items: tableOf(items) };
  const all = createEvents(
    // times of the new rows alone would make them the only ones that have a last: then the order of the rows says more
    { value: (byUser.values ?? events.value) !== undefined, time: byUser.times !== undefined },
    tables,
  );
  const userOf = rowNumbers(byUser);
  const { order } = byUser;
  const places = Int32Array.from(byUser.items.keys());
  if (order) places.sort((a, b) => (order[a] ?? 0) - (order[b] ?? 0));
  for (const at of places) {
    all.user.push(userOf[at] ?? 0);
    all.item.push(byUser.items[at] ?? 0);
    all.value?.push(byUser.values?.[at] ?? 1);
    all.time?.push(byUser.times?.[at] ?? Number.NaN);
  }
  const [user, item] = [added(tables.users, events.users), added(tables.items, events.items)];
  for (let at = 0; at < events.user.length; at++) {
    all.user.push(user[events.user.at(at)] ?? 0);
    all.item.push(item[events.item.at(at)] ?? 0);
    all.value?.push(events.value?.at(at) ?? 1);
    all.time?.push(events.time?.at(at) ?? Number.NaN);
  }
  return all;
}

/** A table of one's own, to which ids can be added. */
function tableOf(vocabulary: Vocabulary): IdTable {
  const { bytes, offsets } = vocabulary.parts;
  return new IdTable(bytes.slice(), offsets.slice());
}

/** Adds the ids of another table; gives the index of each. */
function added(table: IdTable, other: IdTable): Int32Array {
  const { bytes, offsets } = other.parts;
  return Int32Array.from({ length: other.size }, (_, i) => table.intern(bytes, offsets[i] ?? 0, offsets[i + 1] ?? 0));
}
