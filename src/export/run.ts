import { checkArgument, has } from "../core/argument.ts";
import type { Csr, DataMatrices } from "../core/csr.ts";
import type { FittedFeatures } from "../features/index.ts";
import type { Plan } from "../graph/plan.ts";
import { toOnnxHistories } from "./onnx/histories.ts";
import { toOnnx } from "./onnx/score.ts";
import { toOnnxTopK } from "./onnx/top-k.ts";
import { toOnnxTowers } from "./onnx/towers.ts";

/** What an export needs of a saved run; every `Artifact` has it. */
export interface Exportable {
  readonly metadata: {
    readonly created: string;
    readonly packageVersion: string;
    readonly model: { readonly name: string; readonly config: object };
  };
  readonly plans: {
    readonly score: Plan;
    readonly itemTables?: Plan | undefined;
    readonly features?: { readonly [S in "users" | "items" | "context"]?: FittedFeatures | undefined } | undefined;
  };
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** Raw ids by index. */
  readonly users: readonly string[];
  readonly items: readonly string[];
  /** What each user did, and the data matrices that the score reads besides. */
  readonly history?: Csr | undefined;
  readonly matrices?: DataMatrices | undefined;
}

export interface ExportOptions {
  /** Length of the retrieval model's lists; without it the model takes k as an input. */
  readonly k?: number | undefined;
}

export interface OnnxFiles {
  /** `user`, `item` → `score`: see `toOnnx`. */
  readonly scores: Uint8Array;
  /** `user`, `exclude` → `items`, `scores`: see `toOnnxTopK`. */
  readonly topK: Uint8Array;
}

/**
 * A run as two ONNX files. They speak of users and items by index; the raw ids travel along as metadata:
 * `penchant.userIds` and `penchant.itemIds` are JSON arrays in the order of the indices.
 * Throws CONFIG_VALUE for a k out of range, ARTIFACT_EXPORT for what ONNX cannot hold.
 */
export function exportOnnx(run: Exportable, { k }: ExportOptions = {}): OnnxFiles {
  checkRun(run, "exportOnnx(run)");
  const options = described(run);
  return { scores: toOnnx(options), topK: toOnnxTopK(k === undefined ? options : { ...options, k }) };
}

/** The sides of a score that is an inner product, a file each. */
export interface OnnxTowers {
  /** `user`, `history`, `features`, `context`, as far as the run reads them → `vector`. */
  readonly user: Uint8Array;
  /** `item`, `features` where the run reads them → `vector`. */
  readonly item: Uint8Array;
}

/**
 * A run whose score is an inner product as two ONNX files, a vector `[batch, width]` of users and one of items; the inner product of two
 * is the score. Inputs are those that the run reads, int64 but for features and context:
 *
 * - `item` `[batch]`: indices, -1 for an item that the run has not met, which is known by `features` (float `[batch, columns]`; of
 *   items of the run they are not looked at);
 * - `user` `[batch]`: indices, -1 for somebody new; `history` `[batch, events]`: item indices, each once, filled up with -1;
 *   `features` of users and `context` of the event, float `[batch, columns]`.
 *
 * How values become columns travels along as metadata, `penchant.features` and `penchant.context`, with the raw ids as in `exportOnnx`. Throws ARTIFACT_EXPORT
 * where the score is no inner product, or looks at the order of events.
 */
export function exportTowers(run: Exportable): OnnxTowers {
  checkRun(run, "exportTowers(run)");
  const { itemTables, features } = run.plans;
  return toOnnxTowers({ ...described(run), itemTables, features });
}

/**
 * A run whose score looks at what people did as an ONNX file that is told it, so that it answers for anybody, met or not. Inputs, int64:
 * `history` `[batch, events]`, item indices, filled up with -1 at the end: each once, or, of models of order, the earliest first, every event
 * (the latest are looked at, as many as the model does); `user` `[batch]`, indices, where users have rows of their own too; `item` `[batch]`
 * where the score is one of pairs. Output, float: `scores` `[batch, items]` of all items, or `score` `[batch]`. What is seen is not left out.
 *
 * Matrices of the data that the score reads besides (neighbours, links) are written densely. Throws ARTIFACT_EXPORT where the score does not look
 * at histories, or looks at features or context, and where the file would pass 2 GiB.
 */
export function exportHistories(run: Exportable): Uint8Array {
  checkRun(run, "exportHistories(run)");
  const { history, matrices } = run;
  return toOnnxHistories({ ...described(run), data: { ...(history && { history }), ...matrices } });
}

function described({ metadata, plans, parameters, users, items }: Exportable) {
  return {
    plan: plans.score,
    parameters,
    users: users.length,
    items: items.length,
    name: metadata.model.name,
    version: metadata.packageVersion,
    metadata: {
      "penchant.config": JSON.stringify(metadata.model.config),
      "penchant.created": metadata.created,
      "penchant.ids":
        "index i of a user is penchant.userIds[i], of an item penchant.itemIds[i] (JSON arrays of strings)",
      "penchant.userIds": JSON.stringify(users),
      "penchant.itemIds": JSON.stringify(items),
    },
  };
}

function checkRun(run: unknown, call: string): void {
  checkArgument(has(run, "plans", "parameters", "metadata"), run, {
    ...{ call, name: "the run", expected: "what toArtifact or loadArtifact gave" },
  });
}
