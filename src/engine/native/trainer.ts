import { fail } from "../../core/errors.ts";
import type { ProfileRange, StepProfile, StepRange, StepReport, Trainer } from "../contract.ts";
import { type Addon, type AddonTrainer, fromNamed } from "./addon.ts";
import { translatedAsync } from "./errors.ts";
import { parseProfile } from "./profile.ts";
import { upload } from "./upload.ts";

/** Training in the native core, on its own threads. */
export class NativeTrainer implements Trainer {
  readonly rowsPerEpoch: number;
  readonly stepsPerEpoch: number;
  readonly #addon: Addon;
  readonly #native: AddonTrainer;
  #state: "idle" | "running" | "disposed" = "idle";

  constructor(addon: Addon, native: AddonTrainer) {
    this.#addon = addon;
    this.#native = native;
    this.rowsPerEpoch = native.rowsPerEpoch;
    this.stepsPerEpoch = native.stepsPerEpoch;
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

  parameter(name: string): Promise<Float32Array> {
    return this.#alone(() => this.#native.parameter(name));
  }

  async parameters(): Promise<Record<string, Float32Array>> {
    return fromNamed(await this.#alone(() => this.#native.parameters()));
  }

  async state(): Promise<Record<string, Float32Array>> {
    return fromNamed(await this.#alone(() => this.#native.state()));
  }

  restore(state: Readonly<Record<string, Float32Array>>): Promise<void> {
    return this.#alone(async () => {
      const sent = await upload(this.#addon, Object.values(state));
      await this.#native.restore(JSON.stringify({ state: Object.keys(state) }), sent);
    });
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
