/** `penchant train ensemble --of RUN,RUN`: a run made of runs, their weights chosen on the validation part. */
import { type RunMetadata, saveEnsemble } from "../artifact/index.ts";
import { fail } from "../core/errors.ts";
import { type Fusion, fusions } from "../core/fuse.ts";
import { evaluateRanking, listLength, type Selected, selectWeights } from "../evaluate/index.ts";
import { type Candidate, checkMembers, ensembleOf, scorerOf } from "../retrieve/index.ts";
import { openSameDataset } from "./datasets.ts";
import { openEngine } from "./engine.ts";
import { loadRun, openRun, trainingFact } from "./runs.ts";
import type { Session } from "./session.ts";
import { makeSplit, savedFacts } from "./splits.ts";
import { freshName } from "./workspace/names.ts";

export interface EnsembleRequest {
  /** Names of runs. */
  readonly of: readonly string[];
  /** Default: standardized. */
  readonly fuse?: string | undefined;
  /** Default: chosen on the validation part; of rrf all alike. */
  readonly weights?: readonly number[] | undefined;
  /** Default: ensemble-1, ensemble-2 … */
  readonly run?: string | undefined;
}

/** What `penchant train ensemble --json` prints. */
export interface TrainedEnsemble {
  readonly run: string;
  readonly model: "ensemble";
  readonly dataset: string;
  readonly split: RunMetadata["split"];
  readonly fuse: Fusion;
  readonly members: readonly {
    readonly run: string;
    readonly model: string;
    /** 0: left out, because it did not help. */
    readonly weight: number;
    /** On the validation part, alone; only where weights were chosen there. */
    readonly validation?: number;
  }[];
  /** Of the ensemble, where weights were chosen. */
  readonly validation?: { readonly metric: string; readonly protocol: "full"; readonly value: number };
  /** Of choosing; what the members took is theirs. */
  readonly seconds: number;
}

/** Makes an ensemble and saves it, whole or not at all. Throws ENSEMBLE_MEMBERS, ENSEMBLE_WEIGHTS, CONFIG_VALUE, WORKSPACE_UNKNOWN. */
export async function trainEnsemble(session: Session, request: EnsembleRequest): Promise<TrainedEnsemble> {
  const started = performance.now();
  const { workspace } = session;
  const fusion = fusionOf(request.fuse);
  const candidates: (Candidate & { readonly metadata: RunMetadata })[] = [];
  for (const name of request.of) {
    const saved = await openRun(session, name);
    candidates.push({ run: saved.name, artifact: await loadRun(saved), metadata: saved.metadata });
  }
  checkMembers(candidates);
  const chosen = request.weights || fusion === "rrf" ? undefined : await choose(session, candidates, fusion);
  const weights = chosen?.weights ?? request.weights ?? candidates.map(() => 1);
  const name = request.run ?? freshName("ensemble", workspace.names("run"));
  const seconds = (performance.now() - started) / 1000;
  const memberSeconds = candidates.reduce((sum, { metadata }) => sum + (trainingFact(metadata, "seconds") || 0), 0);
  const ensemble = ensembleOf(candidates, weights, fusion, {
    seed: session.seed,
    training: { seconds: seconds + memberSeconds, ...(chosen && { validation: { ...chosen.validation } }) },
  });
  session.signal.throwIfAborted();
  const release = workspace.lock("run", name);
  try {
    await workspace.write("run", name, (folder) => saveEnsemble(folder, ensemble));
  } finally {
    release();
  }
  return {
    ...{ run: name, model: "ensemble", dataset: ensemble.metadata.dataset.name ?? "", fuse: fusion },
    split: ensemble.metadata.split,
    members: candidates.map(({ run, metadata }, i) => ({
      ...{ run, model: metadata.model.name, weight: weights[i] as number },
      ...(chosen && { validation: chosen.alone[i] as number }),
    })),
    ...(chosen && { validation: chosen.validation }),
    seconds,
  };
}

function fusionOf(name: string = "standardized"): Fusion {
  if (fusions.includes(name as Fusion)) return name as Fusion;
  return fail("CONFIG_VALUE", { what: "--fuse", expected: fusions.join(", "), received: name });
}

interface Chosen extends Pick<Selected, "weights"> {
  /** Measured as any run is. */
  readonly alone: readonly number[];
  readonly validation: NonNullable<TrainedEnsemble["validation"]>;
}

/** Weights by what the validation part says of members that have not learned from it. */
async function choose(session: Session, candidates: readonly Candidate[], fusion: Fusion): Promise<Chosen> {
  const [{ artifact }] = candidates as [Candidate];
  const { metadata } = artifact;
  if (metadata.training["refit"] === true || metadata.training["final"] === true) learnedFrom(candidates);
  const dataset = await openSameDataset(session, metadata);
  const split = makeSplit(dataset, savedFacts(metadata), metadata.model.task);
  const { train, validation: test } = split;
  if (!test || test.size === 0) nothingHeldOut();
  session.note(`Choosing the weights of ${candidates.length} runs on ${test.size} validation interactions …`);
  const engine = await openEngine(session);
  const k = listLength(undefined, train.items.size);
  const task = { train, test, seed: session.seed, signal: session.signal };
  const scorers = await Promise.all(candidates.map((one) => scorerOf(one.artifact, engine, session.threads)));
  try {
    const { weights } = await selectWeights(scorers, { ...task, fusion, k });
    const measured = async (scorer: (typeof scorers)[number]): Promise<number> => {
      const { metrics } = await evaluateRanking(scorer, { ...task, k, protocol: "full" });
      return metrics[`ndcg@${k}`]?.value ?? Number.NaN;
    };
    const alone: number[] = [];
    for (const scorer of scorers) alone.push(await measured(scorer));
    using whole = await scorerOf(ensembleOf(candidates, weights, fusion), engine, session.threads);
    const value = await measured(whole);
    return { weights, alone, validation: { metric: `ndcg@${k}`, protocol: "full", value } };
  } finally {
    for (const scorer of scorers) scorer.dispose();
  }
}

function learnedFrom(candidates: readonly Candidate[]): never {
  const models = candidates.map(({ artifact }) => artifact.metadata.model.name);
  return fail("ENSEMBLE_WEIGHTS", {
    what: "The runs have learned from the validation part, which can then not say what each is worth",
    fix:
      `Train them without (${models.map((model) => `penchant train ${model} --set refit=false`).join(", ")}), give weights ` +
      `(--weights ${candidates.map(() => 1).join(",")}), or use what needs none (--fuse rrf).`,
  });
}

function nothingHeldOut(): never {
  return fail("ENSEMBLE_WEIGHTS", {
    what: "The split of the runs has no validation part to choose weights on",
    fix: "Give --weights, or use --fuse rrf.",
  });
}
