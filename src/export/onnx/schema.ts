import { Message } from "./protobuf.ts";

/**
 * ONNX messages by their field numbers.
 * Source: onnx/onnx.proto3 of https://github.com/onnx/onnx (IR version 8, operator set 17).
 */

export const IR_VERSION = 8;
export const OPSET_VERSION = 17;

/** TensorProto.DataType. */
export const ELEMENT = { float: 1, int64: 7 } as const;
export type Element = keyof typeof ELEMENT;

/** AttributeProto.AttributeType. */
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;

export type Attribute =
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints"; readonly value: readonly number[] };

/** A dimension is a number, or a name where the size is known only at run time. */
export type OnnxDim = number | string;

function attributeProto(name: string, attribute: Attribute): Message {
  const message = new Message().string(1, name);
  if (attribute.kind === "float") message.float(2, attribute.value);
  else if (attribute.kind === "int") message.int(3, attribute.value);
  else if (attribute.kind === "string") message.string(4, attribute.value);
  else for (const value of attribute.value) message.int(8, value);
  return message.int(20, ATTRIBUTE[attribute.kind]);
}

export function nodeProto(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
): Message {
  const message = new Message();
  for (const input of inputs) message.string(1, input);
  for (const output of outputs) message.string(2, output);
  message.string(3, outputs[0] ?? op).string(4, op);
  return message.messages(
    5,
    Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
  );
}

/** `data`: the elements in row-major order, little-endian. */
export function tensorProto(name: string, element: Element, dims: readonly number[], data: Uint8Array): Message {
  const message = new Message();
  for (const dim of dims) message.int(1, dim);
  return message.int(2, ELEMENT[element]).string(8, name).bytes(9, data);
}

export function valueInfoProto(name: string, element: Element, dims: readonly OnnxDim[], doc: string): Message {
  const shape = new Message().messages(
    1,
    dims.map((dim) => (typeof dim === "number" ? new Message().int(1, dim) : new Message().string(2, dim))),
  );
  const tensor = new Message().int(1, ELEMENT[element]).message(2, shape);
  return new Message().string(1, name).message(2, new Message().message(1, tensor)).string(3, doc);
}

export interface GraphParts {
  readonly name: string;
  readonly nodes: readonly Message[];
  readonly initializers: readonly Message[];
  readonly inputs: readonly Message[];
  readonly outputs: readonly Message[];
}

function graphProto({ name, nodes, initializers, inputs, outputs }: GraphParts): Message {
  return new Message()
    .messages(1, nodes)
    .string(2, name)
    .messages(5, initializers)
    .messages(11, inputs)
    .messages(12, outputs);
}

export interface ModelParts {
  readonly producerVersion: string;
  readonly doc: string;
  readonly graph: GraphParts;
  /** Free key-value pairs (`metadata_props`). */
  readonly metadata: Readonly<Record<string, string>>;
}

export function modelProto({ producerVersion, doc, graph, metadata }: ModelParts): Message {
  return new Message()
    .int(1, IR_VERSION)
    .string(2, "penchant")
    .string(3, producerVersion)
    .string(6, doc)
    .message(7, graphProto(graph))
    .message(8, new Message().string(1, "").int(2, OPSET_VERSION))
    .messages(
      14,
      Object.entries(metadata).map(([key, value]) => new Message().string(1, key).string(2, value)),
    );
}
