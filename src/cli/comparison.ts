import { PenchantError } from "../core/errors.ts";
import { type Interval, LOGLOSS } from "../evaluate/index.ts";
import { type Column, differencesTo, type RowDifference } from "./differences.ts";
import { evaluateRun, notedEvaluation, type RunEvaluation } from "./evaluation.ts";
import { readRun, type SavedRun, type TrainingFacts, trainingFact, trainingFacts } from "./runs.ts";
import type { Session } from "./session.ts";

type Metrics = Readonly<Record<string, Interval>>;

/** A run, or a baseline, on one test part. */
export interface ComparedRow extends TrainingFacts {
  /** That of the run, or of the baseline; what differences call it. */
  readonly name: string;
  /** Absent for baselines. */
  readonly run?: string;
  readonly model: string;
  /** Of the evaluation: which items were sampled. */
  readonly seed: number;
  readonly protocols: Readonly<Record<string, Metrics>>;
  /** Of the training. */
  readonly seconds?: number;
  readonly peakMemoryBytes?: number;
}

/** Runs that were measured on the same test part, and what they have to beat. */
export interface ComparedGroup {
  readonly dataset: string;
  readonly split: RunEvaluation["split"];
  /** Length of the lists: that of the comparison, or the size of a smaller catalogue. */
  readonly k: number;
  readonly rows: readonly ComparedRow[];
  /** The metric that says which row is best, and the name of that row. */
  readonly best?: { readonly row: string; readonly protocol: string; readonly metric: string };
  /** Every row against the best one, in log loss against the one with the least; those without values by user are left out. */
  readonly differences: readonly RowDifference[];
}

/** A run that could not be measured, and why. */
export interface UnmeasuredRun {
  readonly run: string;
  /** Of the error. */
  readonly code: string;
  readonly reason: string;
}

export interface Comparison {
  readonly k: number;
  readonly groups: readonly ComparedGroup[];
  /** Only where all runs were asked for: of those named, one that cannot be measured is an error. */
  readonly unmeasured: readonly UnmeasuredRun[];
}

/** A run with its measurement. */
export interface MeasuredRun {
  readonly run: SavedRun;
  readonly evaluation: RunEvaluation;
}

const USUAL_K = 10;

/** Codes of what is wrong with a run or its data; the others would be met with every run. */
const isOfRun = /^(ARTIFACT|DATA|EVAL|CONFIG|WORKSPACE_(CHANGED|UNKNOWN|EMPTY))/;

/**
 * All runs (or those named) in groups of the same test part, each measured now unless that was noted already, and held against
 * the best of the group user by user. Of all runs, one that is damaged or whose data set has changed is listed as such instead
 * of hiding the others.
 */
export async function compareRuns(session: Session, names: readonly string[], k?: number): Promise<Comparison> {
  const isNamed = names.length > 0;
  const chosen = isNamed ? [...new Set(names)] : session.workspace.names("run");
  if (chosen.length === 0) session.workspace.choose("run", undefined);
  if (isNamed) for (const name of chosen) session.workspace.path("run", name); // a slip is told before anything is measured
  const groups = new Map<string, MeasuredRun[]>();
  const unmeasured: UnmeasuredRun[] = [];
  for (const name of chosen) {
    try {
      const measured = await measuredRun(session, name, k);
      const key = testPartOf(measured);
      groups.set(key, [...(groups.get(key) ?? []), measured]);
    } catch (error) {
      if (isNamed || session.signal.aborted || !(error instanceof PenchantError) || !isOfRun.test(error.code))
        throw error;
      unmeasured.push({ run: name, code: error.code, reason: error.message });
    }
  }
  const compared: ComparedGroup[] = [];
  for (const runs of groups.values()) compared.push(await compareGroup(session, runs));
  return { k: k ?? USUAL_K, groups: compared, unmeasured };
}

/** The measurement noted with a run, or a new one; also where an older version kept no values by user. */
export async function measuredRun(session: Session, name: string, k?: number): Promise<MeasuredRun> {
  const run = await readRun(session, name);
  const noted = notedEvaluation(run, k);
  if (noted && (noted.perUser || !canMeasure(run))) return { run, evaluation: noted };
  session.note(`Evaluating ${run.name} …`);
  try {
    const evaluation = await evaluateRun(session, run, { k });
    const again = await readRun(session, name);
    return { run: again, evaluation: notedEvaluation(again, k) ?? evaluation };
  } catch (error) {
    if (noted && error instanceof PenchantError && isOfRun.test(error.code)) return { run, evaluation: noted };
    throw error;
  }
}

/** A run that has learned from its test part, or forgot somebody, keeps the measurement from before. */
const canMeasure = ({ metadata }: SavedRun): boolean =>
  metadata.training["final"] !== true && metadata.forgotten === undefined;

/**
 * What has to be the same where measurements are held against each other. The same split of the same data may still hold out
 * other users: a model of ratings sees only interactions that have one.
 */
function testPartOf({ run: { metadata }, evaluation }: MeasuredRun): string {
  const full = evaluation.protocols.find(({ protocol }) => protocol === "full");
  return JSON.stringify([metadata.dataset.fingerprint, metadata.split, full?.users]);
}

async function compareGroup(session: Session, runs: readonly MeasuredRun[]): Promise<ComparedGroup> {
  const { dataset, split, k } = (runs[0] as MeasuredRun).evaluation;
  const own = runs.map((run) => ({ row: rowOf(run), of: run, scorer: "run" }));
  const entries = [...baselinesOf(runs).filter(({ scorer }) => !own.some(({ row }) => row.model === scorer)), ...own];
  const rows = entries.map(({ row }) => row);
  const columns = columnsOf(rows, k);
  const best = bestOf(rows, columns);
  const sources = entries.map(({ row, of, scorer }) => ({ name: row.name, of, scorer }));
  const held = columns.flatMap((column) => {
    const than = column.label === LOGLOSS ? leastOf(rows, column) : best?.row;
    return than === undefined ? [] : [{ ...column, than }];
  });
  const differences = await differencesTo(sources, { columns: held, seed: session.seed });
  return { dataset, split, k, rows, ...(best && { best }), differences };
}

function rowOf({ run: { name, metadata }, evaluation: { protocols, seed } }: MeasuredRun): ComparedRow {
  return {
    ...{ name, run: name, model: metadata.model.name, seed },
    protocols: byProtocol(protocols),
    ...trainingFacts(metadata),
    seconds: trainingFact(metadata, "seconds"),
    peakMemoryBytes: trainingFact(metadata, "peakMemoryBytes"),
  };
}

/**
 * The baselines of all measurements, each once. They differ within a group where a run has learned from validation too (then
 * they have as well) or was measured with another seed; then the name says which is which.
 */
function baselinesOf(runs: readonly MeasuredRun[]) {
  const found = new Map<string, { row: ComparedRow; of: MeasuredRun; scorer: string }>();
  for (const of of runs) {
    const { refit, final } = trainingFacts(of.run.metadata);
    const learned = refit === true && final !== true;
    for (const [model, { protocols }] of Object.entries(of.evaluation.baselines)) {
      const row = { name: model, model, seed: of.evaluation.seed, protocols: byProtocol(protocols) };
      const key = JSON.stringify([model, row.protocols]);
      if (!found.has(key)) found.set(key, { row: { ...row, ...(learned && { refit: true }) }, of, scorer: model });
    }
  }
  const all = [...found.values()];
  const isAlone = (model: string): boolean => all.filter((other) => other.scorer === model).length === 1;
  return all.map((entry) =>
    isAlone(entry.scorer) ? entry : { ...entry, row: { ...entry.row, name: distinctName(entry.row) } },
  );
}

const distinctName = ({ model, refit, seed }: ComparedRow): string =>
  `${model} (${refit ? "training + validation" : "training"}, seed ${seed})`;

/** The two metrics that are usually quoted, under every protocol; the log loss too, where every run has one. */
export function columnsOf(rows: readonly ComparedRow[], k: number): Column[] {
  const protocols = [...new Set(rows.flatMap((row) => Object.keys(row.protocols)))];
  const runs = rows.filter(({ run }) => run !== undefined);
  return protocols.flatMap((protocol) => {
    const haveLogloss = runs.length > 0 && runs.every((row) => row.protocols[protocol]?.[LOGLOSS]);
    const usual = [`hr@${k}`, `ndcg@${k}`, ...(haveLogloss ? [LOGLOSS] : [])];
    return (protocol === "rating" ? ["rmse", "mae"] : usual).map((label) => ({ protocol, label }));
  });
}

/** By RMSE where all runs predict ratings, otherwise by NDCG of the first ranking, which is the full one. */
function bestOf(rows: readonly ComparedRow[], columns: readonly Column[]): ComparedGroup["best"] {
  const isRated = rows.every(({ run, protocols }) => run === undefined || "rating" in protocols);
  const column = columns.find(({ label }) => (isRated ? label === "rmse" : label.startsWith("ndcg@")));
  if (!column) return undefined;
  const sign = isRated ? -1 : 1;
  const figureOf = (row: ComparedRow): number =>
    sign * (row.protocols[column.protocol]?.[column.label]?.value ?? Number.NaN);
  const [best] = rows.filter((row) => !Number.isNaN(figureOf(row))).sort((a, b) => figureOf(b) - figureOf(a));
  return best && { row: best.name, protocol: column.protocol, metric: column.label };
}

/** The row with the least in a column. */
export function leastOf(rows: readonly ComparedRow[], { protocol, label }: Column): string | undefined {
  const figureOf = (row: ComparedRow): number => row.protocols[protocol]?.[label]?.value ?? Number.POSITIVE_INFINITY;
  return [...rows].sort((a, b) => figureOf(a) - figureOf(b))[0]?.name;
}

const byProtocol = (protocols: RunEvaluation["protocols"]): ComparedRow["protocols"] =>
  Object.fromEntries(protocols.map(({ protocol, metrics }) => [protocol, metrics]));
