import { type Artifact, dataOf, isEnsemble, type Saved } from "../artifact/types.ts";
import type { DataMatrices } from "../core/csr.ts";
import { heldOutContext } from "../dataset/moments.ts";
import type { TimedCsr } from "../dataset/timed.ts";
import type { Engine, Scorer } from "../engine/contract.ts";
import type { FeatureColumn } from "../features/index.ts";
import { CONTEXT } from "../graph/named.ts";
import { asAnswered } from "./as-answered.ts";
import { checkAnswering } from "./check.ts";
import { FusedScorer } from "./fused-scorer.ts";

/** Events that a run has not learned from, with what is known of them besides, and all that it has learned from. */
export interface HeldOutEvents {
  readonly held: TimedCsr;
  readonly before: TimedCsr;
  readonly context?: readonly FeatureColumn[] | undefined;
}

/**
 * The scores of a saved run, or of an ensemble of them, for its own users; those of whom it has learned nothing are ranked by popularity, as
 * `recommend` answers them. `threads` 0 takes every core. Scores that look at the context of events
 * get that of each user's first event in `heldOut`; without it nothing is known of the event.
 */
export async function scorerOf(saved: Saved, engine: Engine, threads = 0, heldOut?: HeldOutEvents): Promise<Scorer> {
  checkAnswering(saved, engine, "scorerOf");
  const opened = (artifact: Artifact) => engine.scorer(specOf(artifact, threads, heldOut));
  if (!isEnsemble(saved)) return asAnswered(await opened(saved), saved);
  const scorers = await Promise.all(saved.members.map(({ artifact }) => opened(artifact)));
  const members = saved.members.map(({ weight }, member) => ({ weight, scorer: scorers[member] as Scorer }));
  const { fusion, items } = saved;
  const fused = new FusedScorer({ members, fusion, items: items.length }, () => {
    for (const scorer of scorers) scorer.dispose();
  });
  return asAnswered(fused, saved);
}

/** What an engine needs to score a run's own users. */
export const specOf = (artifact: Artifact, threads: number, heldOut?: HeldOutEvents) => ({
  plan: artifact.plans.score,
  parameters: artifact.parameters,
  data: { ...dataOf(artifact), ...(heldOut && asked(artifact, heldOut)) },
  users: artifact.users.length,
  items: artifact.items.length,
  threads,
});

function asked({ plans }: Artifact, { held, before, context = [] }: HeldOutEvents): DataMatrices {
  const fitted = plans.features?.context;
  return fitted ? { [CONTEXT]: heldOutContext(fitted, context, held, before) } : {};
}
