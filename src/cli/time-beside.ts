import type { Json, RunMetadata } from "../artifact/index.ts";
import { PenchantError } from "../core/errors.ts";
import { knowledgeOf, type Split, type SplitKnowledge, shellWord } from "../dataset/index.ts";
import type { Evaluation } from "../evaluate/index.ts";
import type { Task } from "../nn/model.ts";
import type { OpenDataset } from "./datasets.ts";
import { notedEvaluation, type RunEvaluation } from "./evaluation.ts";
import { readRun, type SavedRun } from "./runs.ts";
import type { Session } from "./session.ts";
import { makeSplit, savedFacts } from "./splits.ts";

/** A figure by leave-last-out, and the same by time. */
export interface Change {
  readonly metric: string;
  readonly here: number;
  readonly byTime: number;
  /** Of popularity. */
  readonly popularity: { readonly here: number; readonly byTime: number };
}

/** The split by time beside leave-last-out. Plain JSON. */
export interface TimeBeside {
  readonly here: SplitKnowledge;
  readonly byTime: SplitKnowledge;
  /** Trains the same model on the split by time. */
  readonly command: string;
  /** The newest run of the same model, options and data on that split which was measured. */
  readonly run?: string;
  readonly changes?: readonly Change[];
}

interface Beside {
  readonly run: SavedRun;
  readonly dataset: OpenDataset;
  /** What the run was measured on. */
  readonly split: Split;
  readonly evaluation: RunEvaluation;
}

/** What changes by time; undefined for other splits than leave-last-out, and where a split by time cannot be made. */
export async function timeBeside(session: Session, beside: Beside): Promise<TimeBeside | undefined> {
  const { run, dataset, split, evaluation } = beside;
  const { metadata } = run;
  if (metadata.split.kind !== "leave-last-out" || !dataset.interactions.byUser.times) return undefined;
  const byTime = splitByTime(dataset, metadata);
  if (!byTime) return undefined;
  const facts = { here: knowledgeOf(split), byTime: knowledgeOf(byTime), command: await commandOf(run, dataset.name) };
  const other = await measuredByTime(session, run, evaluation.k);
  return other ? { ...facts, run: other.run, changes: changesOf(evaluation, other) } : facts;
}

function splitByTime(dataset: OpenDataset, metadata: RunMetadata): Split | undefined {
  try {
    return makeSplit(dataset, { ...savedFacts(metadata), kind: "time" }, metadata.model.task as Task);
  } catch (error) {
    if (error instanceof PenchantError && error.code === "DATA_SPLIT") return undefined;
    throw error;
  }
}

/** The options of the model that are not the usual ones, the seed and what counts, on the other split. */
async function commandOf({ name, metadata }: SavedRun, dataset: string): Promise<string> {
  const { model, split } = metadata;
  if (model.task === "ensemble") return ofMembersByTime(name, model.config);
  const usual = await usualOptions(model);
  const set = Object.entries(model.config)
    .filter(([option, value]) => JSON.stringify(value) !== JSON.stringify((usual as Record<string, Json>)[option]))
    .map(([option, value]) => `${option}=${[value].flat().join(",")}`);
  const words = [
    ...["penchant", "train", model.name, "--data", dataset, "--split", "time", "--run", `${name}-time`],
    ...set.flatMap((each) => ["--set", each]),
    ...(typeof split["threshold"] === "number" ? ["--threshold", `${split["threshold"]}`] : []),
    ...(typeof split["dislikesBelow"] === "number" ? ["--dislikes-below", `${split["dislikesBelow"]}`] : []),
    ...(split["seed"] !== 1 ? ["--seed", `${Number(split["seed"])}`] : []),
  ];
  return words.map(shellWord).join(" ");
}

/** An ensemble of the members' own runs by time, under the names that their evaluation gives those. */
function ofMembersByTime(name: string, { members, fuse }: RunMetadata["model"]["config"]): string {
  const runs = [members].flat().map((member) => `${String(member)}-time`);
  const words = [
    "penchant",
    "train",
    "ensemble",
    "--of",
    runs.join(","),
    "--fuse",
    String(fuse),
    "--run",
    `${name}-time`,
  ];
  return words.map(shellWord).join(" ");
}

/** The defaults of a model of the zoo; of one's own all that it was trained with. */
async function usualOptions({ name, config }: RunMetadata["model"]): Promise<object> {
  const { models } = await import("../models/index.ts");
  return models.find(({ definition }) => definition.name === name)?.definition.defaults ?? config;
}

/** The newest measured run of the same model on the same data, split once by time. */
async function measuredByTime(session: Session, { metadata }: SavedRun, k: number): Promise<RunEvaluation | undefined> {
  const found: { readonly created: string; readonly evaluation: RunEvaluation }[] = [];
  for (const name of session.workspace.names("run")) {
    const other = await readRun(session, name).catch(() => undefined);
    const evaluation = other && notedEvaluation(other, k);
    if (evaluation && isSame(metadata, other.metadata)) found.push({ created: other.metadata.created, evaluation });
  }
  return found.sort((a, b) => (a.created < b.created ? 1 : -1))[0]?.evaluation;
}

function isSame(own: RunMetadata, { model, dataset, split }: RunMetadata): boolean {
  const sameModel = model.name === own.model.name && JSON.stringify(model.config) === JSON.stringify(own.model.config);
  const isByTime = split.kind === "time" && split["parts"] === undefined;
  return isByTime && sameModel && dataset.fingerprint === own.dataset.fingerprint;
}

/** The first two metrics of full ranking. */
function changesOf(here: RunEvaluation, byTime: RunEvaluation): Change[] {
  const full = <T extends { readonly protocol: string }>(all: readonly T[]) =>
    all.find(({ protocol }) => protocol === "full");
  const [own, other] = [full(here.protocols), full(byTime.protocols)];
  const [popular, later] = [here, byTime].map(({ baselines }) => full(baselines.popularity.protocols));
  return Object.keys(own?.metrics ?? {})
    .slice(0, 2)
    .map((metric) => {
      const of = (measured: Evaluation | undefined): number => measured?.metrics[metric]?.value ?? Number.NaN;
      return { metric, here: of(own), byTime: of(other), popularity: { here: of(popular), byTime: of(later) } };
    });
}
