import { PenchantError } from "../core/errors.ts";
import type { Interval } from "../evaluate/index.ts";
import { evaluateRun, notedEvaluation, type RunEvaluation } from "./evaluation.ts";
import { readRun, type SavedRun, type TrainingFacts, trainingFact, trainingFacts } from "./runs.ts";
import type { Session } from "./session.ts";

type Metrics = Readonly<Record<string, Interval>>;

/** A run, or a baseline, on one test part. */
export interface ComparedRow extends TrainingFacts {
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

interface Grouping {
  readonly evaluation: RunEvaluation;
  readonly rows: ComparedRow[];
}

const USUAL_K = 10;

/** Codes of what is wrong with a run or its data; the others would be met with every run. */
const isOfRun = /^(ARTIFACT|DATA|EVAL|CONFIG|WORKSPACE_(CHANGED|UNKNOWN|EMPTY))/;

/**
 * All runs (or those named) in groups of the same data and split, each measured now unless that was noted already. Of all
 * runs, one that is damaged or whose data set has changed is listed as such instead of hiding the others.
 */
export async function compareRuns(session: Session, names: readonly string[], k?: number): Promise<Comparison> {
  const isNamed = names.length > 0;
  const chosen = isNamed ? [...new Set(names)] : session.workspace.names("run");
  if (chosen.length === 0) session.workspace.choose("run", undefined);
  if (isNamed) for (const name of chosen) session.workspace.path("run", name); // a slip is told before anything is measured
  const groups = new Map<string, Grouping>();
  const unmeasured: UnmeasuredRun[] = [];
  for (const name of chosen) {
    try {
      await addRun(session, groups, name, k);
    } catch (error) {
      if (isNamed || session.signal.aborted || !(error instanceof PenchantError) || !isOfRun.test(error.code))
        throw error;
      unmeasured.push({ run: name, code: error.code, reason: error.message });
    }
  }
  return { k: k ?? USUAL_K, groups: [...groups.values()].map(toGroup), unmeasured };
}

async function addRun(session: Session, groups: Map<string, Grouping>, name: string, k?: number): Promise<void> {
  const run = await readRun(session, name);
  const evaluation = notedEvaluation(run, k) ?? (await measure(session, run, k));
  const key = JSON.stringify([run.metadata.dataset.fingerprint, run.metadata.split]);
  const group = groups.get(key) ?? { evaluation, rows: [] };
  group.rows.push(rowOf(run, evaluation));
  groups.set(key, group);
}

function measure(session: Session, run: SavedRun, k?: number): Promise<RunEvaluation> {
  session.note(`Evaluating ${run.name} …`);
  return evaluateRun(session, run, { k });
}

function rowOf({ name, metadata }: SavedRun, { protocols, seed }: RunEvaluation): ComparedRow {
  return {
    run: name,
    model: metadata.model.name,
    seed,
    protocols: byProtocol(protocols),
    ...trainingFacts(metadata),
    seconds: trainingFact(metadata, "seconds"),
    peakMemoryBytes: trainingFact(metadata, "peakMemoryBytes"),
  };
}

function toGroup({ evaluation, rows }: Grouping): ComparedGroup {
  const { dataset, split, k, seed, baselines } = evaluation;
  const others = Object.entries(baselines).map(([model, { protocols }]) => ({
    model,
    seed,
    protocols: byProtocol(protocols),
  }));
  return {
    dataset,
    split,
    k,
    rows: [...others.filter(({ model }) => !rows.some((row) => row.model === model)), ...rows],
  };
}

const byProtocol = (protocols: RunEvaluation["protocols"]): ComparedRow["protocols"] =>
  Object.fromEntries(protocols.map(({ protocol, metrics }) => [protocol, metrics]));
