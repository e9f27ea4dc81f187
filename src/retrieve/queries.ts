import type { Engine, ScoreSpec } from "../engine/contract.ts";
import { deferred } from "../engine/deferred.ts";
import { type ScoreProduct, scoreProduct } from "../graph/score-product.ts";
import { parametersOf } from "./tables.ts";

/** Users' sides of scores that are inner products: what an index of item vectors is asked with. */
export interface Queries extends Disposable {
  readonly width: number;
  of(user: number): Promise<Float32Array>;
  dispose(): void;
}

/** Undefined where the score is no inner product. Rows are computed by a scorer whose items are the elements of a row. */
export function queriesOf(engine: Engine, spec: ScoreSpec): Queries | undefined {
  const found = scoreProduct(spec.plan);
  if (!found) return undefined;
  const { plan, items: width } = sidesOf(spec, found);
  const scorer = deferred(engine.scorer({ ...sidesOf(spec, found), plan }));
  const columns = Int32Array.from({ length: width }, (_, i) => i);
  const dispose = () => scorer.dispose();
  return {
    width,
    of: (user) => scorer.score(new Int32Array(width).fill(user), columns),
    dispose,
    [Symbol.dispose]: dispose,
  };
}

/** Of the first user of the scorer described; undefined where the score is no inner product. */
export function queryOf(engine: Engine, spec: ScoreSpec): (() => Promise<Float32Array>) | undefined {
  const found = scoreProduct(spec.plan);
  if (!found) return undefined;
  return async () => {
    const { items: width, ...own } = sidesOf(spec, found);
    using scorer = await engine.scorer({ ...own, items: width });
    return await scorer.score(
      new Int32Array(width),
      Int32Array.from({ length: width }, (_, i) => i),
    );
  };
}

/** A scorer of the users' side, with nothing that it does not read: engines copy what they get. */
function sidesOf({ parameters, ...spec }: ScoreSpec, { user: plan }: ScoreProduct): ScoreSpec {
  const width = plan.instructions[plan.outputs["score"] as number]?.shape[1] as number;
  const own = Object.fromEntries(parametersOf(plan).map((name) => [name, parameters[name] as Float32Array]));
  return { ...spec, plan, parameters: own, items: width };
}
