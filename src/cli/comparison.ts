import type { Interval } from "../evaluate/index.ts";
import { evaluateRun, notedEvaluation, type RunEvaluation } from "./evaluation.ts";
import { readRun, type SavedRun, trainingFact } from "./runs.ts";
import type { Session } from "./session.ts";

type Metrics = Readonly<Record<string, Interval>>;

/** A run, or a baseline, on one test part. */
export interface ComparedRow {
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
  readonly rows: readonly ComparedRow[];
}

export interface Comparison {
  readonly k: number;
  readonly groups: readonly ComparedGroup[];
}

/** All runs (or those named) in groups of the same data and split, each measured now unless that was noted already. */
export async function compareRuns(session: Session, names: readonly string[], k: number): Promise<Comparison> {
  const chosen = names.length > 0 ? [...new Set(names)] : session.workspace.names("run");
  if (chosen.length === 0) session.workspace.choose("run", undefined);
  const groups = new Map<string, { evaluation: RunEvaluation; rows: ComparedRow[] }>();
  for (const name of chosen) {
    const run = await readRun(session, name);
    const evaluation = notedEvaluation(run, k) ?? (await measure(session, run, k));
    const key = JSON.stringify([run.metadata.dataset.fingerprint, run.metadata.split]);
    const group = groups.get(key) ?? { evaluation, rows: [] };
    group.rows.push(rowOf(run, evaluation));
    groups.set(key, group);
  }
  return { k, groups: [...groups.values()].map(toGroup) };
}

function measure(session: Session, run: SavedRun, k: number): Promise<RunEvaluation> {
  session.note(`Evaluating ${run.name} …`);
  return evaluateRun(session, run, { k });
}

function rowOf({ name, metadata }: SavedRun, { protocols, seed }: RunEvaluation): ComparedRow {
  return {
    run: name,
    model: metadata.model.name,
    seed,
    protocols: byProtocol(protocols),
    seconds: trainingFact(metadata, "seconds"),
    peakMemoryBytes: trainingFact(metadata, "peakMemoryBytes"),
  };
}

function toGroup({ evaluation, rows }: { evaluation: RunEvaluation; rows: readonly ComparedRow[] }): ComparedGroup {
  const { dataset, split, seed, baselines } = evaluation;
  const others = Object.entries(baselines).map(([model, { protocols }]) => ({
    model,
    seed,
    protocols: byProtocol(protocols),
  }));
  return { dataset, split, rows: [...others.filter(({ model }) => !rows.some((row) => row.model === model)), ...rows] };
}

const byProtocol = (protocols: RunEvaluation["protocols"]): ComparedRow["protocols"] =>
  Object.fromEntries(protocols.map(({ protocol, metrics }) => [protocol, metrics]));
