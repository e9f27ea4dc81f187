import { fail, penchantError } from "../../core/errors.ts";
import { turn } from "../../core/turns.ts";
import type { Plan } from "../../graph/plan.ts";
import type { OpAttrs } from "../../graph/tensor.ts";
import type { StepRange, StepReport, Trainer, TrainSpec } from "../contract.ts";
import { run } from "./evaluate.ts";
import { createFeed, type Feed } from "./feed.ts";
import { type Gradient, Optimizer, type OwnTraining } from "./optimizer.ts";
import { checkTrainingPlan } from "./outputs.ts";
import { bindParameters, toFloat32 } from "./parameters.ts";

/** Longest stretch of steps before other work of the process gets its turn, in milliseconds. */
const SLICE = 10;

/** Training as it is defined: one plan evaluation and one update per step, on the calling thread, in short slices. */
export class ReferenceTrainer implements Trainer {
  readonly rowsPerEpoch: number;
  readonly stepsPerEpoch: number;
  readonly #spec: TrainSpec;
  readonly #feed: Feed;
  readonly #parameters: Record<string, Float64Array>;
  readonly #optimizer: Optimizer;
  #state: "idle" | "running" | "cancelled" | "disposed" = "idle";

  constructor(spec: TrainSpec) {
    checkTrainingPlan(spec.plan);
    this.#spec = spec;
    this.#feed = createFeed(spec.feed, spec);
    this.rowsPerEpoch = this.#feed.rowsPerEpoch;
    this.stepsPerEpoch = this.#feed.stepsPerEpoch;
    this.#parameters = bindParameters(spec.plan, spec.parameters);
    this.#optimizer = new Optimizer(spec.optimizer, this.#parameters, trainedNames(spec), ownTraining(spec.plan));
  }

  async run(range: StepRange): Promise<StepReport> {
    this.#start();
    const started = performance.now();
    let sliceEnd = started + SLICE;
    let [lossSum, rows] = [0, 0];
    try {
      for (let step = range.from; step < range.to; step++) {
        if (performance.now() >= sliceEnd) {
          await turn();
          sliceEnd = performance.now() + SLICE;
        }
        this.#checkCancelled();
        const report = this.#step(range, step);
        lossSum += report.loss * report.rows;
        rows += report.rows;
      }
    } finally {
      this.#finish();
    }
    return { loss: rows === 0 ? 0 : lossSum / rows, rows, seconds: (performance.now() - started) / 1000 };
  }

  cancel(): void {
    if (this.#state === "running") this.#state = "cancelled";
  }

  async parameter(name: string): Promise<Float32Array> {
    this.#checkAlive();
    const values = this.#parameters[name] ?? fail("ENGINE_INPUT", { what: `The plan has no parameter "${name}"` });
    return Float32Array.from(values);
  }

  async parameters(): Promise<Record<string, Float32Array>> {
    this.#checkAlive();
    return toFloat32(this.#parameters);
  }

  async state(): Promise<Record<string, Float32Array>> {
    return { ...(await this.parameters()), ...this.#optimizer.state() };
  }

  async restore(state: Readonly<Record<string, Float32Array>>): Promise<void> {
    const wanted = await this.state();
    for (const [name, { length }] of Object.entries(wanted)) {
      if (state[name]?.length === length) continue;
      fail("ENGINE_INPUT", {
        what: `The saved state does not fit at "${name}"`,
        expected: `${length} values`,
        received: `${state[name]?.length ?? "nothing"}`,
      });
    }
    for (const [name, values] of Object.entries(this.#parameters)) values.set(state[name] ?? []);
    this.#optimizer.restore(state);
  }

  dispose(): void {
    this.#state = "disposed";
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #step({ epoch, from, learningRate }: StepRange, step: number): { loss: number; rows: number } {
    const { plan, seed, data } = this.#spec;
    const { rows, feeds } = this.#feed.batch(epoch, step);
    const outputs = run(plan, rows, this.#parameters, feeds, { seed, epoch, step }, data);
    const gradients: Record<string, Gradient> = {};
    for (const [name, value] of Object.entries(outputs)) {
      // Outputs named grad: are float, dense or sparse; the verifier has seen to it.
      if (name.startsWith("grad:")) gradients[name.slice(5)] = value as Gradient;
    }
    const rate = typeof learningRate === "number" ? Math.fround(learningRate) : (learningRate[step - from] ?? 0);
    this.#optimizer.step(gradients, rate);
    this.#assign(outputs);
    return { loss: (outputs["loss"] as Float64Array)[0] ?? Number.NaN, rows };
  }

  /** Running statistics take their new values after the update. */
  #assign(outputs: ReturnType<typeof run>): void {
    for (const [name, value] of Object.entries(outputs)) {
      if (name.startsWith("assign:")) this.#parameters[name.slice(7)]?.set((value as Float64Array).map(Math.fround));
    }
  }

  #start(): void {
    this.#checkAlive();
    if (this.#state !== "idle") fail("TRAIN_BUSY", { what: "The trainer is running already" });
    this.#state = "running";
  }

  #finish(): void {
    if (this.#state !== "disposed") this.#state = "idle";
  }

  #checkCancelled(): void {
    if (this.#state === "cancelled") throw penchantError("TRAIN_CANCELLED", { what: "Training was cancelled" });
    this.#checkAlive();
  }

  #checkAlive(): void {
    if (this.#state === "disposed") fail("ENGINE_DISPOSED", { what: "The trainer was disposed" });
  }
}

function ownTraining({ instructions }: Plan): OwnTraining {
  const parameters = instructions.filter(({ op }) => op === "param").map(({ attrs }) => attrs as OpAttrs["param"]);
  return Object.fromEntries(parameters.map((attrs) => [attrs.name, attrs]));
}

const trainedNames = ({ plan }: TrainSpec): string[] =>
  Object.keys(plan.outputs)
    .filter((name) => name.startsWith("grad:"))
    .map((name) => name.slice(5));
