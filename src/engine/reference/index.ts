import { verify } from "../../graph/verify.ts";
import type { Engine, Feeds } from "../contract.ts";
import { dense, run } from "./evaluate.ts";
import { ReferenceScorer } from "./scorer.ts";
import { ReferenceTrainer } from "./trainer.ts";

export { type Batch, createFeed, type Feed } from "./feed.ts";

/** The definition of every engine: float64, on the calling thread, slow. */
export const referenceEngine: Engine = {
  name: "reference",
  trainer(spec) {
    verify(spec.plan);
    return new ReferenceTrainer(spec);
  },
  scorer(spec) {
    verify(spec.plan);
    return new ReferenceScorer(spec);
  },
  evaluate(plan, parameters, feeds, seed = 0) {
    verify(plan);
    const outputs = run(plan, batchOf(feeds), parameters, feeds, { seed, epoch: 0, step: 0 });
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, Float32Array.from(dense(value))]));
  },
};

/** Every input has one entry per row of the batch. */
const batchOf = (feeds: Feeds): number => Object.values(feeds)[0]?.length ?? 1;
