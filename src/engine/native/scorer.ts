import { fail } from "../../core/errors.ts";
import type { RankRequest, Ranks, Scorer, TopK, TopKRequest } from "../contract.ts";
import type { AddonScorer } from "./addon.ts";
import { translatedAsync } from "./errors.ts";

/** Scoring in the native core, on its own threads; calls may overlap and then wait for each other. */
export class NativeScorer implements Scorer {
  readonly #native: AddonScorer;
  #disposed = false;

  constructor(native: AddonScorer) {
    this.#native = native;
  }

  async score(users: Int32Array, items: Int32Array): Promise<Float32Array> {
    this.#checkAlive();
    return translatedAsync(() => this.#native.score(users, items));
  }

  async topK({ users, k, exclude, candidates }: TopKRequest): Promise<TopK> {
    this.#checkAlive();
    return translatedAsync(() => this.#native.topK(users, k, exclude, candidates));
  }

  async ranks({ users, targets, exclude }: RankRequest): Promise<Ranks> {
    this.#checkAlive();
    return translatedAsync(() => this.#native.ranks(users, targets, exclude));
  }

  /** Frees the native memory, at once or as soon as a running call has ended. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#native.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkAlive(): void {
    if (this.#disposed) fail("ENGINE_DISPOSED", { what: "The scorer was disposed" });
  }
}
