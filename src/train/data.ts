import type { Csr } from "../engine/contract.ts";
import type { Catalog } from "../nn/model.ts";

/** What training needs of a set of interactions; `Interactions` fits. */
export interface TrainingData {
  readonly users: { readonly size: number; id(index: number): string };
  readonly items: { readonly size: number; id(index: number): string };
  readonly byUser: Csr;
  catalog(): Catalog;
}
