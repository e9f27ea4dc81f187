import { type Csr, rowNumbers } from "../core/csr.ts";
import type { FeatureColumn, Features } from "../features/index.ts";
import {
  createEvents,
  type Events,
  IdTable,
  loggedName,
  type ReadOptions,
  readEvents,
  type SourceReport,
} from "../ingest/index.ts";
import { buildInteractions } from "./build.ts";
import { contextText, grownContext } from "./context.ts";
import type { Dataset } from "./dataset.ts";
import type { EventRows } from "./event-rows.ts";
import { pickFeatures } from "./features.ts";
import { Interactions } from "./interactions.ts";
import { policyOf, reportOf } from "./report.ts";
import { type TimedCsr, withRows } from "./timed.ts";
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
  const { eventValues } = report.source;
  const same = { ...columnsOf(report.source), ...(eventValues && { eventValues }) };
  const { events, report: source } = await readEvents(path, { ...same, mayLackContext: true, ...options });
  const all = together(interactions, events, features?.context);
  const context = features?.context && grownContext(features.context, all.context ?? []);
  const ids = { users: Vocabulary.fromTable(all.users), items: Vocabulary.fromTable(all.items) };
  const policy = policyOf(report);
  const order = interactions.byUser.times && !interactions.byUser.order ? "none" : undefined;
  const { interactions: grown, duplicates } = buildInteractions(all, ids, policy, { order });
  const part = ({ byUser, recorded }: Interactions) => {
    const rows = <T extends Csr>(csr: T) => withRows(csr, ids.users.size);
    return new Interactions(ids.users, ids.items, rows(byUser), recorded && rows(recorded));
  };
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
    // of events that were kept, those that repeat are counted anew
    duplicates: duplicates + (interactions.recorded ? 0 : report.duplicates.count),
    policy,
    given: report.given,
    context,
  });
  const note = { code: "extended", message: `${rows} rows of ${path} were added to those of ${report.source.source}.` };
  const untold = (features?.context ?? []).map(({ name }) => name).filter((name) => !toldOf(events, name));
  const lacking = untold.length > 0 && {
    code: "context-lacking",
    message: `${path} does not say ${untold.join(", ")} of its events: nothing of that is known of them.`,
  };
  return {
    dataset: {
      interactions: grown,
      given: given && {
        validation: given.validation && part(given.validation),
        test: part(given.test),
        candidates: given.candidates && withRows(given.candidates, ids.users.size),
      },
      ...(features && { features: { ...grownFeatures(features, ids), ...(context && { context }) } }),
      report: { ...fresh, warnings: [...fresh.warnings, note, ...(lacking ? [lacking] : [])] },
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
  const named = columns.filter(({ name }) => !/^\d+$/.test(name));
  const roles = named.flatMap(({ role, name }) => (role === undefined ? [] : [[role, name] as const]));
  const context = named.flatMap((column) => (column.context ? [column.name] : []));
  return { ...Object.fromEntries(roles), ...(context.length > 0 && { context }) };
}

/** The interactions in the order of their source, then the events; ids of the first keep their index. */
function together(interactions: Interactions, events: Events, known: readonly FeatureColumn[] | undefined): Events {
  const { users, items, byUser, recorded } = interactions;
  const tables = { users: tableOf(users), items: tableOf(items) };
  const old: Rows = recorded ? interactions.events : byUser;
  const all = createEvents(
    {
      value: (old.values ?? events.value) !== undefined,
      // times of the new rows alone would make them the only ones that have a last: then the order of the rows says more
      time: old.times !== undefined,
      kind: (old.types ?? events.kind) !== undefined,
      context: known?.map(({ name }) => name),
    },
    tables,
  );
  const kindOf = (kind: string | undefined): number => {
    const known = all.kinds.indexOf(kind ?? "");
    return known < 0 ? all.kinds.push(kind ?? "") - 1 : known;
  };
  const userOf = rowNumbers(old);
  const oldKinds = (old.kinds ?? []).map(kindOf);
  for (const at of inOrder(old)) {
    all.user.push(userOf[at] ?? 0);
    all.item.push(old.items[at] ?? 0);
    all.value?.push(old.values?.[at] ?? 1);
    all.time?.push(old.times?.[at] ?? Number.NaN);
    all.kind?.push(oldKinds[old.types?.[at] ?? -1] ?? kindOf(undefined));
    for (const [i, column] of (known ?? []).entries())
      all.context?.[i]?.cells.push(contextText(column, old.context?.[at] ?? -1));
  }
  const [user, item] = [added(tables.users, events.users), added(tables.items, events.items)];
  const newKinds = events.kinds.map(kindOf);
  for (let at = 0; at < events.user.length; at++) {
    all.user.push(user[events.user.at(at)] ?? 0);
    all.item.push(item[events.item.at(at)] ?? 0);
    all.value?.push(events.value?.at(at) ?? 1);
    all.time?.push(events.time?.at(at) ?? Number.NaN);
    all.kind?.push(events.kind ? (newKinds[events.kind.at(at)] ?? 0) : kindOf(undefined));
    for (const { name, cells } of all.context ?? []) cells.push(toldOf(events, name)?.cells[at] ?? "");
  }
  return all;
}

/** What new events say of a column of context. */
const toldOf = ({ context }: Events, name: string) =>
  context?.find((column) => column.name === name || column.name === loggedName(name));

/** Pairs, or events with kinds. */
type Rows = TimedCsr & Partial<Pick<EventRows, "types" | "kinds">>;

/** Places in the order of the source, as far as it matters: within a user. Events are in order of time. */
function inOrder({ items, order }: Rows): Int32Array {
  const places = Int32Array.from(items.keys());
  return order ? places.sort((a, b) => (order[a] ?? 0) - (order[b] ?? 0)) : places;
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
