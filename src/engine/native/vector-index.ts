import { fail } from "../../core/errors.ts";
import type { IndexParts, IndexSearch, IndexSpec, TopK, VectorIndex } from "../contract.ts";
import { indexRequest, rowsOfSearch } from "../request.ts";
import type { Addon, AddonIndex } from "./addon.ts";
import { translated, translatedAsync } from "./errors.ts";
import { upload } from "./upload.ts";

/** An index in the native core; searches may overlap. */
export class NativeVectorIndex implements VectorIndex {
  readonly #native: AddonIndex;
  readonly #width: number;
  #disposed = false;

  static async load(addon: Addon, spec: IndexSpec): Promise<NativeVectorIndex> {
    const { value, arrays } = indexRequest(spec, spec.threads);
    const sent = await upload(addon, arrays);
    const native = await translatedAsync(() => addon.loadIndex(JSON.stringify(value), sent));
    return new NativeVectorIndex(native, spec.width);
  }

  private constructor(native: AddonIndex, width: number) {
    this.#native = native;
    this.#width = width;
  }

  async parts(): Promise<IndexParts> {
    this.#checkAlive();
    return translated(() => this.#native.parts());
  }

  async search(search: IndexSearch): Promise<TopK> {
    this.#checkAlive();
    const { queries, k, effort, exclude, candidates } = search;
    const rows = rowsOfSearch(search, this.#width);
    return translatedAsync(() => this.#native.search(queries, rows, k, effort, exclude, candidates));
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#native.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #checkAlive(): void {
    if (this.#disposed) fail("ENGINE_DISPOSED", { what: "The index was disposed" });
  }
}
