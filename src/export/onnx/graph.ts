import type { Message } from "./protobuf.ts";
import {
  type Attribute,
  type Element,
  type GraphParts,
  nodeProto,
  type OnnxDim,
  tensorProto,
  valueInfoProto,
} from "./schema.ts";

/** An ONNX graph under construction: values are referred to by name, constants are stored once. */
export class OnnxGraph {
  readonly #nodes: Message[] = [];
  readonly #initializers = new Map<string, Message>();
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];

  input(name: string, element: Element, dims: readonly OnnxDim[], doc: string): string {
    this.#inputs.push(valueInfoProto(name, element, dims, doc));
    return name;
  }

  output(name: string, element: Element, dims: readonly OnnxDim[], doc: string): void {
    this.#outputs.push(valueInfoProto(name, element, dims, doc));
  }

  /** Stores weights; `values` is kept by reference until the model is finished. */
  weights(name: string, dims: readonly number[], values: Float32Array): string {
    this.#initializers.set(name, tensorProto(name, "float", dims, bytesOf(values)));
    return name;
  }

  /** A float scalar. */
  scalar(value: number): string {
    return this.#constant(`const/${value}`, "float", [], Float32Array.of(value));
  }

  /** A vector of integers. */
  ints(...values: readonly number[]): string {
    return this.#constant(`const/[${values.join(",")}]`, "int64", [values.length], BigInt64Array.from(values, BigInt));
  }

  /** The integers 0 … count - 1. */
  range(name: string, count: number): string {
    return this.#constant(
      name,
      "int64",
      [count],
      BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
    );
  }

  /** Adds a node with one output, named `name` or after its position, and returns the output's name. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    name = `${op.toLowerCase()}_${this.#nodes.length}`,
  ): string {
    this.#nodes.push(nodeProto(op, inputs, [name], attributes));
    return name;
  }

  /** Adds a node with several outputs, which the caller names. */
  nodeWithOutputs(
    op: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void {
    this.#nodes.push(nodeProto(op, inputs, outputs, attributes));
  }

  parts(name: string): GraphParts {
    return {
      name,
      nodes: this.#nodes,
      initializers: [...this.#initializers.values()],
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  #constant(name: string, element: Element, dims: readonly number[], values: Float32Array | BigInt64Array): string {
    if (!this.#initializers.has(name)) {
      this.#initializers.set(name, tensorProto(name, element, dims, bytesOf(values)));
    }
    return name;
  }
}

/** The elements' bytes in memory order, which is little-endian (as ONNX demands) on every platform that Penchant supports. */
function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

export const int = (value: number): Attribute => ({ kind: "int", value });
export const float = (value: number): Attribute => ({ kind: "float", value });
export const string = (value: string): Attribute => ({ kind: "string", value });
export const ints = (...value: readonly number[]): Attribute => ({ kind: "ints", value });

/** Name of an int64[1] value, made when it is first asked for: how many rows an input has. */
export const rowCount = (graph: OnnxGraph, input: string): (() => string) =>
  once(() => graph.node("Shape", [input], { start: int(0), end: int(1) }));

/** Makes a value of the graph when it is first asked for, and once. */
export function once(make: () => string): () => string {
  let made: string | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
