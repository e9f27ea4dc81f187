import { type Artifact, isEnsemble } from "../artifact/index.ts";
import { degrees } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { nearest } from "../core/nearest.ts";
import type { Engine } from "../engine/contract.ts";
import { categoriesIn, type FeatureColumn, numbersIn } from "../features/index.ts";
import { flattened, nearestRows, type Rows } from "../retrieve/flat.ts";
import { createRecommender } from "../retrieve/index.ts";
import { userTables } from "../retrieve/tables.ts";
import { openSameDataset } from "./datasets.ts";
import { openEngine } from "./engine.ts";
import { loadAny, openRun, type SavedRun } from "./runs.ts";
import type { Session } from "./session.ts";

export interface MapRequest {
  readonly run: string | undefined;
  readonly side: "items" | "users";
  /** Feature by which points are coloured. */
  readonly color?: string | undefined;
  /** Feature whose text names points. Default: their ids. */
  readonly label?: string | undefined;
  /** How many points are named: those with the most interactions. */
  readonly named: number;
  readonly method: VectorMap["method"];
}

export interface MapPoint {
  readonly id: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  /** Number of its group. */
  readonly group?: number;
}

/** What `penchant map --json` prints. */
export interface VectorMap {
  readonly run: string;
  readonly model: string;
  readonly side: "items" | "users";
  /** Principal components, or UMAP. */
  readonly method: "pca" | "umap";
  readonly width: number;
  /** Share of the variance along x and y; null where the axes mean nothing by themselves (umap). */
  readonly explained: readonly [number, number] | null;
  readonly color: string | null;
  /** Values of the feature that points are coloured by, the most frequent first; the last one may be all others. */
  readonly groups: readonly { readonly name: string; readonly count: number }[];
  /** Those with the most interactions first. */
  readonly points: readonly MapPoint[];
  /** Of the named points: what is nearest by the cosine of whole vectors. */
  readonly neighbours: readonly {
    readonly id: string;
    readonly nearest: readonly { readonly id: string; readonly cosine: number }[];
  }[];
}

/** More colours than these nobody tells apart. */
const MOST_GROUPS = 8;
const NEIGHBOURS = 3;

/**
 * The vectors of a run's items or users in the plane. Throws CONFIG_VALUE where it has none, or fewer than two, and for a feature that the
 * data set does not have; WORKSPACE_CHANGED as `openSameDataset` where a feature is asked for.
 */
export async function mapVectors(session: Session, request: MapRequest): Promise<VectorMap> {
  const { side, color, label, named, method } = request;
  const run = await openRun(session, request.run);
  const artifact = await loadAny(run);
  if (isEnsemble(artifact)) return vectorless(run, side);
  const engine = await openEngine(session);
  const rows = side === "items" ? await itemRows(artifact, engine, run) : (userRows(artifact) ?? vectorless(run, side));
  const ids = artifact[side];
  const of = color === undefined && label === undefined ? undefined : await featuresOf(session, run, side);
  const groups = grouped(
    color === undefined || !of ? undefined : columnNamed(of.columns, color, side),
    (id) => of?.at(id),
    ids,
  );
  const names = label === undefined || !of ? undefined : columnNamed(of.columns, label, side);
  const { points, explained } = await placed(session, rows, engine, request);
  const counts = side === "items" ? artifact.popularity : degrees(artifact.history.offsets);
  const order = Array.from(ids.keys()).sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b);
  const labelOf = (row: number): string => {
    const at = names && of?.at(ids[row] as string);
    const value = at === undefined ? null : (names?.values[at] ?? null);
    return value === null ? (ids[row] as string) : String(value);
  };
  return {
    ...{ run: run.name, model: artifact.metadata.model.name, side, method, width: rows.width, explained },
    color: color ?? null,
    groups: groups.names,
    points: order.map((row) => {
      const group = groups.of[row];
      const place = { x: points[2 * row] as number, y: points[2 * row + 1] as number };
      return { id: ids[row] as string, label: labelOf(row), ...place, ...(group !== undefined && { group }) };
    }),
    neighbours: order.slice(0, named).map((row) => ({
      id: ids[row] as string,
      nearest: nearestRows(rows, row, NEIGHBOURS).map((each) => ({ id: ids[each.row] as string, cosine: each.cosine })),
    })),
  };
}

interface Placed {
  readonly points: Float64Array;
  readonly explained: VectorMap["explained"];
}

async function placed(session: Session, rows: Rows, engine: Engine, { method }: MapRequest): Promise<Placed> {
  if (method === "pca")
    return flattened(rows, engine.solver, { threads: session.threads ?? 0, signal: session.signal });
  const { neighbourly } = await import("./umap.ts");
  return { points: await neighbourly(rows, session.seed, session.signal), explained: null };
}

async function itemRows(artifact: Artifact, engine: Engine, run: SavedRun): Promise<Rows> {
  using recommender = createRecommender(artifact, engine);
  const rows = await recommender.itemVectors(artifact.items);
  return rows && artifact.items.length > 1 ? rows : vectorless(run, "items");
}

/** The rows of users of all tables that have one each, but for biases. */
function userRows({ plans, parameters, users }: Artifact): Rows | undefined {
  const tables = userTables(plans).map((name) => parameters[name] as Float32Array);
  const wide = tables.filter(({ length }) => length > users.length);
  if (wide.length === 0 || users.length < 2) return undefined;
  const widths = wide.map(({ length }) => length / users.length);
  const width = widths.reduce((sum, each) => sum + each);
  const values = new Float32Array(users.length * width);
  for (let user = 0; user < users.length; user++) {
    let at = user * width;
    for (const [i, table] of wide.entries()) {
      const own = widths[i] as number;
      values.set(table.subarray(user * own, (user + 1) * own), at);
      at += own;
    }
  }
  return { values, width };
}

function vectorless({ name, metadata }: SavedRun, side: "items" | "users"): never {
  return fail("CONFIG_VALUE", {
    what: `The run "${name}" has no vectors of ${side} to draw`,
    expected: side === "items" ? "a model with vectors of items" : "a model with a vector for each user",
    received: metadata.model.name,
    fix: `Train one that has them, such as bpr-mf${side === "items" ? ", two-tower or lightgcn" : ", neumf or gmf"}.`,
  });
}

interface SideFeatures {
  readonly columns: readonly FeatureColumn[];
  /** Place of an id among the values of a column. */
  at(id: string): number | undefined;
}

async function featuresOf(session: Session, { metadata }: SavedRun, side: "items" | "users"): Promise<SideFeatures> {
  const { features, interactions } = await openSameDataset(session, metadata);
  return { columns: features?.[side] ?? [], at: (id) => interactions[side].index(id) };
}

function columnNamed(columns: readonly FeatureColumn[], name: string, side: string): FeatureColumn {
  const known = columns.map((column) => column.name);
  const close = nearest(name, known);
  return (
    columns.find((column) => column.name === name) ??
    fail("FEATURE_UNKNOWN", {
      what: `The data set has no feature "${name}" of ${side}`,
      expected: known.join(", ") || `no features of ${side} yet`,
      received: name,
      fix: close ? `Did you mean "${close}"?` : `Add it: penchant features DATASET --${side} FILE.`,
      details: { known },
    })
  );
}

interface Groups {
  readonly names: VectorMap["groups"];
  /** By index of the run. */
  readonly of: readonly (number | undefined)[];
}

/** The values of a feature: of lists the first, of numbers four quarters; what is rare is all others, what is not known nothing. */
function grouped(
  column: FeatureColumn | undefined,
  at: (id: string) => number | undefined,
  ids: readonly string[],
): Groups {
  if (!column) return { names: [], of: [] };
  const values = valuesOf(column);
  const own = ids.map((id) => values[at(id) ?? -1]);
  const counts = new Map<string, number>();
  for (const value of own) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  const byCount = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const kept = byCount.slice(0, byCount.length > MOST_GROUPS ? MOST_GROUPS - 1 : MOST_GROUPS);
  const rest = byCount.slice(kept.length).reduce((sum, [, count]) => sum + count, 0);
  const names = kept.map(([name, count]) => ({ name, count }));
  const places = new Map(kept.map(([name], place) => [name, place]));
  return {
    names: rest > 0 ? [...names, { name: "others", count: rest }] : names,
    of: own.map((value) => (value === undefined ? undefined : (places.get(value) ?? kept.length))),
  };
}

function valuesOf(column: FeatureColumn): readonly (string | undefined)[] {
  if (!["number", "log", "price", "buckets", "time"].includes(column.kind))
    return categoriesIn(column).map(([first]) => first);
  const numbers = numbersIn(column);
  const sorted = [...numbers].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const edge = (quarter: number): number => sorted[Math.floor((quarter * sorted.length) / 4)] ?? Number.NaN;
  const edges = [1, 2, 3].map(edge);
  const words = [`under ${edges[0]}`, `${edges[0]} to ${edges[1]}`, `${edges[1]} to ${edges[2]}`, `from ${edges[2]}`];
  return Array.from(numbers, (value) =>
    Number.isNaN(value) ? undefined : words[edges.filter((each) => value >= each).length],
  );
}
