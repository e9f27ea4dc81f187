import { type Artifact, dataOf } from "../artifact/types.ts";
import { type Csr, type DataMatrices, oneRow } from "../core/csr.ts";
import { catalogueScores } from "../core/fuse.ts";
import type { Engine, Scorer, ScoreSpec, TopKRequest } from "../engine/contract.ts";
import { CONTEXT } from "../graph/named.ts";
import { type Best, bestOf } from "./best.ts";
import type { Folded, FoldIn, KnownItems } from "./fold-in.ts";
import { describing, pickedRows } from "./known-features.ts";
import { NOTHING } from "./past.ts";
import { queryOf } from "./queries.ts";
import { userSides, userTables, withUsers } from "./tables.ts";
import type { Method } from "./types.ts";

/** Somebody to recommend to: how their items are found, and what can explain the choice. */
export interface Subject {
  readonly method: Method;
  /** The past, as far as it is known. */
  readonly past: KnownItems;
  top(k: number, limits: Pick<TopKRequest, "exclude" | "candidates">): Promise<Best>;
  /** Scores of the whole catalogue. */
  scores(): Promise<Float32Array>;
  /** Their side of a score that is an inner product, where it is one. */
  query?(): Promise<Float32Array>;
  /** What is known of them besides, as one row; absent where nothing is. */
  readonly features?: Csr | undefined;
  /** What is known of the event that they ask in, as one row; absent where nothing is. */
  readonly context?: Csr | undefined;
  /** The row that was fitted to the past, where that is how the user was answered. */
  readonly folded?: Folded;
  /** Of an ensemble: who they are to each member that knows something of them. */
  readonly members?: readonly MemberSubject[];
}

/** Somebody as one member of an ensemble knows them. */
export interface MemberSubject {
  readonly subject: Subject;
  /** Which member. */
  readonly place: number;
  /** What it adds to the score of each item. */
  readonly part: () => Promise<Float64Array>;
}

/** A user whom the run was trained on. */
export function trainedUser(
  answers: Answers,
  past: KnownItems,
  features?: Csr,
  query?: () => Promise<Float32Array>,
): Subject {
  return { method: "model", past, features, ...(query && { query }), ...answers };
}

/** A user whom the run was trained on, in the context of an event. */
export function askingUser(
  { engine, artifact }: Run,
  user: number,
  past: KnownItems,
  features: Csr | undefined,
  context: Csr,
): Subject {
  const { score } = artifact.plans;
  const tables = userTables(artifact.plans);
  const { rows } = userSides(score, tables);
  const own = tableRows(artifact, tables, (values, width) => values.subarray(user * width, (user + 1) * width));
  const data = Object.entries(dataOf(artifact)).map(
    ([name, all]) => [name, rows.has(name) ? pickedRows(all, Int32Array.of(user)) : all] as const,
  );
  const known = { ...Object.fromEntries(data), [CONTEXT]: context };
  const spec = oneUser(artifact, { plan: withUsers(score, tables, 1), rows: own, data: known });
  return { method: "model", past, features, context, ...alone(engine, spec) };
}

/** For each table of users the row of one of them. */
function tableRows(
  { parameters, users }: Artifact,
  tables: readonly string[],
  of: (values: Float32Array, width: number) => Float32Array,
): Record<string, Float32Array> {
  const rows = tables.map((name) => {
    const values = parameters[name] as Float32Array;
    return [name, of(values, values.length / users.length)] as const;
  });
  return Object.fromEntries(rows);
}

interface OneUser extends Pick<ScoreSpec, "plan" | "data"> {
  /** In place of the tables of the run's users. */
  readonly rows: Readonly<Record<string, Float32Array>>;
}

/** What scores for one user alone. */
const oneUser = ({ parameters, items }: Artifact, { plan, data, rows }: OneUser): ScoreSpec => ({
  ...{ plan, data, parameters: { ...parameters, ...rows } },
  ...{ users: 1, items: items.length, threads: 1 },
});

/** How one user's items are found. */
export type Answers = Pick<Subject, "top" | "scores">;

/** One user of a scorer. */
export function answersOf(scorer: Scorer, user: number, items: number): Answers {
  return {
    top: (k, limits) => topOf(scorer, user, k, limits),
    scores: () => catalogueScores(scorer, Int32Array.of(user), items),
  };
}

/** How the one user of a scorer of their own is answered. */
export function alone(engine: Engine, spec: ScoreSpec): Answers & Pick<Subject, "query"> {
  const query = queryOf(engine, spec);
  const ask = async <T>(request: (answers: Answers) => Promise<T>): Promise<T> => {
    using scorer = await engine.scorer(spec);
    return await request(answersOf(scorer, 0, spec.items));
  };
  return {
    ...(query && { query }),
    top: (k, limits) => ask((answers) => answers.top(k, limits)),
    scores: () => ask((answers) => answers.scores()),
  };
}

/** A user of a run that learned from nobody: the order has nothing to do with the user's past. */
export function baselineUser(answers: Answers, past: KnownItems): Subject {
  return { method: "baseline", past, ...answers };
}

/** A newcomer whose row is fitted now. */
export async function foldedIn(
  folding: FoldIn,
  { engine, artifact }: Run,
  past: KnownItems,
  features?: Csr,
  context?: Csr,
): Promise<Subject> {
  const folded = await folding.knowing(features).fit(past);
  const data = describing({ ...dataOf(artifact), ...asOneRow(past) }, features, 1, context);
  const spec = oneUser(artifact, { plan: folding.plans.score, rows: folded.tables, data });
  return { method: "fold-in", past, features, context, folded, ...alone(engine, spec) };
}

/** The data matrices of one user, with this past. */
function asOneRow({ items, values }: KnownItems): DataMatrices {
  return { history: oneRow(items), rated: { ...oneRow(items), values } };
}

/** Somebody of whom only features are known: their rows by id are 0, which is what training made of ids left out. */
export function describedUser({ engine, artifact }: Run, features: Csr, context?: Csr): Subject {
  const { plans } = artifact;
  const tables = userTables(plans);
  const rows = tableRows(artifact, tables, (_, width) => new Float32Array(width));
  const plan = withUsers((plans.history ?? plans).score, tables, 1);
  const data = describing({ ...dataOf(artifact), ...asOneRow(NOTHING) }, features, 1, context);
  const spec = oneUser(artifact, { plan, rows, data });
  return { method: "features", past: NOTHING, features, context, ...alone(engine, spec) };
}

/** A run, and what computes. */
export interface Run {
  readonly engine: Engine;
  readonly artifact: Artifact;
}

/** Somebody of whom nothing is known that the run could use. */
export function anybody(popularity: Float32Array, past: KnownItems): Subject {
  return { method: "popularity", past, ...ranking(async () => popularity) };
}

/** Answers by scores of the whole catalogue. */
export function ranking(scores: () => Promise<Float32Array>): Answers {
  return {
    scores,
    async top(k, { exclude, candidates }) {
      const banned = new Set(exclude?.items);
      const only = candidates && new Set(candidates);
      return bestOf(await scores(), k, (item) => !banned.has(item) && (only?.has(item) ?? true));
    },
  };
}

/** The best of a user's items. */
export async function topOf(
  scorer: Scorer,
  user: number,
  k: number,
  limits: Pick<TopKRequest, "exclude" | "candidates">,
): Promise<Best> {
  const { items, scores } = await scorer.topK({ users: Int32Array.of(user), k, ...limits });
  const found = items.filter((item) => item >= 0).length;
  return { items: items.subarray(0, found), scores: scores.subarray(0, found) };
}
