import { fail } from "../../core/errors.ts";
import type { StepRange, StepReport, Trainer, TrainSpec } from "../contract.ts";
import { trainRequest } from "../request.ts";
import type { Core } from "./core.ts";
import type { Home } from "./engine.ts";
import { toFloats, toNamed } from "./message.ts";
import type { Finished } from "./runner.ts";

/** Steps run on the calling thread for about this many milliseconds before others get their turn. */
const SLICE = 16;

/** Training in the WebAssembly module: in workers, or in slices on the calling thread where there are none. */
export class WasmTrainer implements Trainer {
  readonly rowsPerEpoch: number;
  readonly stepsPerEpoch: number;
  readonly #home: Home;
  readonly #core: Core;
  readonly #trainer: number;
  readonly #threads: number;
  #state: "idle" | "running" | "disposed" = "idle";

  static async load(home: Home, spec: TrainSpec): Promise<WasmTrainer> {
    const threads = home.threads(spec.threads);
    const { value, arrays } = trainRequest(spec, threads);
    const made = await home.ask("trainer_new", await home.core.request(value, arrays));
    return new WasmTrainer(home, made.value as Made, threads);
  }

  private constructor(home: Home, { handle, rows, steps }: Made, threads: number) {
    this.#home = home;
    this.#core = home.core;
    this.#threads = threads;
    this.#trainer = handle;
    this.rowsPerEpoch = rows;
    this.stepsPerEpoch = steps;
    home.own(this, "trainer_free", handle);
  }

  run(range: StepRange): Promise<StepReport> {
    return this.#alone(async () => {
      this.#core.call("trainer_cancel", this.#trainer, 0);
      return this.#home.runner === undefined ? this.#runHere(range) : this.#runAway(range);
    });
  }

  /** One call at a time. What died half-way is never touched again, not even to free it. */
  async #alone<T>(call: () => Promise<T>): Promise<T> {
    this.#checkIdle();
    this.#state = "running";
    let died = true;
    try {
      const result = await call();
      died = false;
      return result;
    } catch (error) {
      died = (error as { code?: unknown }).code === "ENGINE_FAILURE";
      throw error;
    } finally {
      if (died) this.#home.disown(this);
      else if (this.#wasDisposed()) this.#free();
      this.#state = died || this.#wasDisposed() ? "disposed" : "idle";
    }
  }

  async #runAway(range: StepRange): Promise<StepReport> {
    const finished = await this.#home.runner?.run(
      "trainer_run",
      this.#trainer,
      await this.#request(range),
      this.#threads,
    );
    return this.#report(finished ?? { answer: 0, seconds: 0 });
  }

  /** As many steps at a time as take a moment, so that timers and the page get their turns. */
  async #runHere(range: StepRange): Promise<StepReport> {
    const total = { loss: 0, rows: 0, seconds: 0 };
    let size = 1;
    let { from } = range;
    do {
      const to = Math.min(range.to, from + size);
      const request = await this.#request({ ...range, from, to, learningRate: ratesOf(range, from, to) });
      const started = performance.now();
      const answer = this.#core.call("trainer_run", this.#trainer, request, 0);
      const took = performance.now() - started;
      const { loss, rows, seconds } = await this.#report({ answer, seconds: took / 1000 });
      total.loss += rows === 0 ? 0 : loss * rows;
      total.rows += rows;
      total.seconds += seconds;
      size = Math.max(1, Math.min(4 * size, Math.floor(((to - from) * SLICE) / Math.max(took, 0.1))));
      from = to;
      await new Promise((resolve) => setTimeout(resolve));
    } while (from < range.to);
    return { ...total, loss: total.rows === 0 ? 0 : total.loss / total.rows };
  }

  #request({ epoch, from, to, learningRate }: StepRange): Promise<number> {
    const rates = typeof learningRate === "number" ? Float32Array.of(learningRate) : learningRate;
    return this.#core.request({ epoch, from, to }, [rates]);
  }

  async #report({ answer, seconds }: Finished): Promise<StepReport> {
    const { value, arrays } = await this.#core.answer(answer);
    const loss = new Float64Array(arrays[0]?.buffer ?? new ArrayBuffer(8))[0] ?? Number.NaN;
    return { loss, rows: (value as { rows: number }).rows, seconds };
  }

  cancel(): void {
    if (this.#state === "running") this.#core.call("trainer_cancel", this.#trainer, 1);
  }

  parameter(name: string): Promise<Float32Array> {
    return this.#alone(async () => {
      const answer = await this.#home.ask("trainer_parameter", this.#trainer, await this.#core.request({ name }));
      return toFloats(answer.arrays[0]);
    });
  }

  parameters(): Promise<Record<string, Float32Array>> {
    return this.#alone(async () => toNamed(await this.#home.ask("trainer_parameters", this.#trainer)));
  }

  state(): Promise<Record<string, Float32Array>> {
    return this.#alone(async () => toNamed(await this.#home.ask("trainer_state", this.#trainer)));
  }

  restore(state: Readonly<Record<string, Float32Array>>): Promise<void> {
    return this.#alone(async () => {
      const request = await this.#core.request({ state: Object.keys(state) }, Object.values(state));
      await this.#home.ask("trainer_restore", this.#trainer, request);
    });
  }

  /** Frees the module's memory, at once or as soon as a running call has stopped. */
  dispose(): void {
    if (this.#state === "idle") this.#free();
    else this.cancel();
    this.#state = "disposed";
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #free(): void {
    this.#home.disown(this);
    this.#core.call("trainer_free", this.#trainer);
  }

  /** Asked anew after a call: `dispose` may have come meanwhile. */
  #wasDisposed(): boolean {
    return this.#state === "disposed";
  }

  /** Memory that a running call changes must not be looked at. */
  #checkIdle(): void {
    if (this.#state === "disposed") fail("ENGINE_DISPOSED", { what: "The trainer was disposed" });
    if (this.#state === "running") fail("TRAIN_BUSY", { what: "The trainer is running already" });
  }
}

interface Made {
  readonly handle: number;
  readonly rows: number;
  readonly steps: number;
}

function ratesOf({ learningRate, from }: StepRange, start: number, end: number): number | Float32Array {
  if (typeof learningRate === "number" || learningRate.length === 1) return learningRate;
  return learningRate.subarray(start - from, end - from);
}
