import { fail } from "../../core/errors.ts";
import type { Plan } from "../../graph/plan.ts";
import type { OnnxGraph } from "./graph.ts";
import { modelProto } from "./schema.ts";

export interface OnnxOptions {
  /** A scoring plan: inputs `user` and `item`, output `score`. */
  readonly plan: Plan;
  /** Values of every parameter of the plan, by name. */
  readonly parameters: Readonly<Record<string, Float32Array>>;
  /** Counts: valid ids are 0 … users - 1 and 0 … items - 1. */
  readonly users: number;
  readonly items: number;
  /** Name of the model, e.g. `neumf`. */
  readonly name: string;
  /** Version of the package that trained it. Default "". */
  readonly version?: string;
  /** More key-value pairs for the file's metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A protobuf message cannot be longer. */
const LARGEST = 2 ** 31 - 1;

/** Wraps a finished graph into an ONNX file with the metadata that every exported model carries. */
export function finishModel(graph: OnnxGraph, options: OnnxOptions, doc: string): Uint8Array {
  const { name, version = "", users, items, metadata } = options;
  const model = modelProto({
    producerVersion: version,
    doc,
    graph: graph.parts(name),
    metadata: {
      "penchant.model": name,
      "penchant.version": version,
      "penchant.users": String(users),
      "penchant.items": String(items),
      ...metadata,
    },
  });
  if (model.length > LARGEST) {
    fail("ARTIFACT_EXPORT", {
      what: "The model is too large for one ONNX file",
      expected: "at most 2 GiB",
      received: `${(model.length / 2 ** 30).toFixed(1)} GiB`,
    });
  }
  return model.finish();
}
