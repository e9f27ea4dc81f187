import type { Contender } from "./contest.ts";
import type { Context } from "./context.ts";
import type { Engine, Trainer, TrainSpec } from "./penchant.ts";

/** Seconds of one engine call: long enough that the call itself costs nothing, short enough to stop in time. */
const CALL = 0.1;

/** Penchant in training: steps of one epoch after the other, with everything that belongs to them, sampling included. */
export class TrainingContender implements Contender {
  readonly name: string;
  readonly trainer: Trainer;
  readonly #learningRate: number;
  #epoch = 0;
  #step = 0;
  #steps = 4;

  private constructor(name: string, trainer: Trainer, learningRate: number) {
    this.name = name;
    this.trainer = trainer;
    this.#learningRate = learningRate;
  }

  static async of(name: string, engine: Engine, spec: TrainSpec, learningRate: number): Promise<TrainingContender> {
    return new TrainingContender(name, await engine.trainer(spec), learningRate);
  }

  async run(seconds: number): Promise<{ units: number; seconds: number }> {
    const start = performance.now();
    const elapsed = () => (performance.now() - start) / 1000;
    let units = 0;
    while (elapsed() < seconds) units += await this.#some();
    return { units, seconds: elapsed() };
  }

  /** Some steps, about CALL seconds; returns the rows. */
  async #some(): Promise<number> {
    const from = this.#step;
    const to = Math.min(from + this.#steps, this.trainer.stepsPerEpoch);
    const started = performance.now();
    const { rows } = await this.trainer.run({ epoch: this.#epoch, from, to, learningRate: this.#learningRate });
    const took = Math.max(1e-4, (performance.now() - started) / 1000);
    this.#steps = Math.max(1, Math.min(4 * this.#steps, Math.round(((to - from) * CALL) / took)));
    this.#step = to;
    if (to === this.trainer.stepsPerEpoch) {
      this.#epoch++;
      this.#step = 0;
    }
    return rows;
  }
}

/** The engine of the benchmark with the threads of all. */
export const trainingContender = (
  { engine, threads }: Pick<Context, "engine" | "threads">,
  spec: TrainSpec,
  rate: number,
) => TrainingContender.of(`Penchant (${engine.name}, ${threads} threads)`, engine, spec, rate);

/** Loss of each of the first steps, from the first values. */
export async function stepLosses(engine: Engine, spec: TrainSpec, learningRate: number, steps: number) {
  using trainer = await engine.trainer(spec);
  const losses: number[] = [];
  for (let from = 0; from < steps; from++) {
    losses.push((await trainer.run({ epoch: 0, from, to: from + 1, learningRate })).loss);
  }
  return losses;
}

/** Parameters after whole epochs, from the first values. */
export async function trained(engine: Engine, spec: TrainSpec, learningRate: number, epochs: number) {
  using trainer = await engine.trainer(spec);
  for (let epoch = 0; epoch < epochs; epoch++) {
    await trainer.run({ epoch, from: 0, to: trainer.stepsPerEpoch, learningRate });
  }
  return await trainer.parameters();
}
