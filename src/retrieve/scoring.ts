import { type Artifact, dataOf, isEnsemble, type Saved } from "../artifact/types.ts";
import type { Engine, Scorer } from "../engine/contract.ts";
import { FusedScorer } from "./fused-scorer.ts";

/** The scores of a saved run, or of an ensemble of them, for its own users. `threads` 0 takes every core. */
export async function scorerOf(saved: Saved, engine: Engine, threads = 0): Promise<Scorer> {
  if (!isEnsemble(saved)) return engine.scorer(specOf(saved, threads));
  const scorers = await Promise.all(saved.members.map(({ artifact }) => engine.scorer(specOf(artifact, threads))));
  const members = saved.members.map(({ weight }, member) => ({ weight, scorer: scorers[member] as Scorer }));
  const { fusion, items } = saved;
  return new FusedScorer({ members, fusion, items: items.length }, () => {
    for (const scorer of scorers) scorer.dispose();
  });
}

/** What an engine needs to score a run's own users. */
export const specOf = (artifact: Artifact, threads: number) => ({
  plan: artifact.plans.score,
  parameters: artifact.parameters,
  data: dataOf(artifact),
  users: artifact.users.length,
  items: artifact.items.length,
  threads,
});
