import type { Plan } from "../graph/plan.ts";
import { toOnnx } from "./onnx/score.ts";
import { toOnnxTopK } from "./onnx/top-k.ts";

/** What an export needs of a saved run; every `Artifact` has it. */
export interface Exportable {
  readonly metadata: {
    readonly created: string;
    readonly packageVersion: string;
    readonly model: { readonly name: string; readonly config: object };
  };
  readonly plans: { readonly score: Plan };
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** Raw ids by index. */
  readonly users: readonly string[];
  readonly items: readonly string[];
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
  const { metadata, plans, parameters, users, items } = run;
  const options = {
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
  return { scores: toOnnx(options), topK: toOnnxTopK(k === undefined ? options : { ...options, k }) };
}
