import { fail } from "../../core/errors.ts";
import type { FeedSpec, ProfileRange, StepProfile, StepRange, StepReport, Trainer, TrainSpec } from "../contract.ts";
import { matricesOf } from "../data.ts";
import { type Addon, type AddonTrainer, type AddonTrainOptions, fromNamed, toNamed, toNamedMatrices } from "./addon.ts";
import { translated, translatedAsync } from "./errors.ts";
import { parseProfile } from "./profile.ts";

/** Training in the native core, on its own threads; arrays are copied in and out. */
export class NativeTrainer implements Trainer {
  readonly rowsPerEpoch: number;
  readonly stepsPerEpoch: number;
  readonly #native: AddonTrainer;
  #state: "idle" | "running" | "disposed" = "idle";

  constructor(addon: Addon, spec: TrainSpec) {
    this.#native = translated(() => new addon.NativeTrainer(toOptions(spec)));
    this.rowsPerEpoch = this.#native.rowsPerEpoch;
    this.stepsPerEpoch = this.#native.stepsPerEpoch;
  }

  run({ epoch, from, to, learningRate }: StepRange): Promise<StepReport> {
    const rates = typeof learningRate === "number" ? Float32Array.of(learningRate) : learningRate;
    return this.#alone(() => this.#native.run(epoch, from, to, rates));
  }

  async profile({ epoch, from, to, learningRate }: ProfileRange): Promise<StepProfile> {
    return parseProfile(await this.#alone(() => this.#native.profile(epoch, from, to, learningRate)));
  }

  cancel(): void {
    if (this.#state === "running") this.#native.cancel();
  }

  parameter(name: string): Float32Array {
    this.#checkIdle();
    return translated(() => this.#native.parameter(name));
  }

  parameters(): Record<string, Float32Array> {
    this.#checkIdle();
    return fromNamed(translated(() => this.#native.parameters()));
  }

  state(): Record<string, Float32Array> {
    this.#checkIdle();
    return fromNamed(translated(() => this.#native.state()));
  }

  restore(state: Readonly<Record<string, Float32Array>>): void {
    this.#checkIdle();
    translated(() => this.#native.restore(toNamed(state)));
  }

  /** Frees the native memory, at once or as soon as a running call has stopped. */
  dispose(): void {
    if (this.#state === "disposed") return;
    this.#state = "disposed";
    this.#native.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** One call at a time. */
  async #alone<T>(call: () => Promise<T>): Promise<T> {
    this.#checkIdle();
    this.#state = "running";
    try {
      return await translatedAsync(call);
    } finally {
      if (this.#state === "running") this.#state = "idle";
    }
  }

  /** Memory that a running call changes must not be looked at. */
  #checkIdle(): void {
    if (this.#state === "disposed") fail("ENGINE_DISPOSED", { what: "The trainer was disposed" });
    if (this.#state === "running") fail("TRAIN_BUSY", { what: "The trainer is running already" });
  }
}

function toOptions({
  plan,
  parameters,
  data,
  feed,
  optimizer,
  batchSize,
  seed,
  threads,
}: TrainSpec): AddonTrainOptions {
  return {
    plan: JSON.stringify(plan),
    parameters: toNamed(parameters),
    data: toNamedMatrices(matricesOf(plan, data)),
    feed: toFeed(feed),
    optimizer,
    batchSize,
    seed: seed >>> 0,
    threads,
  };
}

function toFeed({ distribution, shuffle, ...feed }: FeedSpec): AddonTrainOptions["feed"] {
  const alias = distribution.kind === "alias" ? distribution : undefined;
  return { ...feed, shuffle: shuffle === "rows", thresholds: alias?.thresholds, aliases: alias?.aliases };
}
