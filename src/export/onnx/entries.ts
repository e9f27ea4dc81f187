/**
 * What people did, one event after the other, in ONNX: rows of events that are filled up to one length, flattened to `[batch * length, width]`.
 * Filling comes last and nothing looks ahead, so that no value of an event ever depends on it.
 */
import type { OpAttrs } from "../../graph/tensor.ts";
import { int, ints, type OnnxGraph } from "./graph.ts";
import type { Operand } from "./operators.ts";

export interface Entries {
  /** Item of each event, how many come after it. */
  readonly part: (of: OpAttrs["unroll"]["part"]) => string;
  /** Name of an int64[1] value: events with filling. */
  readonly rows: string;
  readonly last: (x: Operand) => string;
  readonly shift: (x: Operand, by: number) => string;
  readonly attention: (operands: readonly [Operand, Operand, Operand], heads: number) => string;
  readonly gru: (x: Operand, kernel: Operand, bias: Operand) => string;
}

const INT64 = 7;
const FLOAT = 1;
const cast = (graph: OnnxGraph, x: string, to: number) => graph.node("Cast", [x], { to: int(to) });
const widthOf = ({ shape }: Operand): number => shape.at(-1) as number;

/** Of `events` `[batch, any]`, item indices with the earliest first, filled up with -1, the latest `newest`. */
export function paddedEntries(graph: OnnxGraph, events: string, newest: number): Entries {
  const node = graph.node.bind(graph);
  const size = (axis: number) => node("Shape", [events], { start: int(axis), end: int(axis + 1) });
  const [batch, all] = [size(0), size(1)];
  const length = node("Min", [all, graph.ints(newest)]);
  const isEvent = cast(graph, node("GreaterOrEqual", [events, graph.ints(0)]), INT64);
  const count = node("ReduceSum", [isEvent, graph.ints(1)], { keepdims: int(1) });
  const first = node("Max", [node("Sub", [count, graph.ints(newest)]), graph.ints(0)]);
  const kept = node("Sub", [count, first]);
  const scalar = (x: string) => node("Squeeze", [x, graph.ints(0)]);
  const steps = node("Range", [scalar(graph.ints(0)), scalar(length), scalar(graph.ints(1))]);
  const from = node("Min", [node("Add", [first, steps]), node("Sub", [all, graph.ints(1)])]);
  const taken = node("Max", [node("GatherElements", [events, from], { axis: int(1) }), graph.ints(0)]);
  const after = node("Max", [node("Sub", [node("Sub", [kept, steps]), graph.ints(1)]), graph.ints(0)]);
  const flat = (x: string) => node("Reshape", [x, graph.ints(-1)]);
  const rows = node("Mul", [batch, length]);
  const shaped = (x: string, ...dims: readonly string[]) =>
    node("Reshape", [x, node("Concat", dims, { axis: int(0) })]);
  const byUser = (x: Operand) => shaped(x.name, batch, length, graph.ints(widthOf(x)));
  const flattened = (x: string, width: number) => node("Reshape", [x, graph.ints(-1, width)]);

  /** Nothing where there is no event. */
  function last(x: Operand): string {
    const at = node("Max", [node("Sub", [kept, graph.ints(1)]), graph.ints(0)]);
    const found = node("GatherND", [byUser(x), at], { batch_dims: int(1) });
    return node("Mul", [found, cast(graph, node("Min", [kept, graph.ints(1)]), FLOAT)]);
  }

  function shift(x: Operand, by: number): string {
    const padded = node("Pad", [byUser(x), graph.ints(0, by, 0, 0, 0, 0)]);
    const shifted = node("Slice", [padded, graph.ints(0), length, graph.ints(1)]);
    return flattened(shifted, widthOf(x));
  }

  function attention([q, k, v]: readonly [Operand, Operand, Operand], heads: number): string {
    const width = widthOf(q);
    const head = width / heads;
    const inHeads = (x: Operand, ...order: readonly number[]) =>
      node("Transpose", [shaped(x.name, batch, length, graph.ints(heads, head))], { perm: ints(...order) });
    const products = node("MatMul", [inHeads(q, 0, 2, 1, 3), inHeads(k, 0, 2, 3, 1)]);
    const column = node("Unsqueeze", [steps, graph.ints(1)]);
    const ahead = cast(graph, node("Greater", [steps, column]), FLOAT);
    const masked = node("Add", [
      node("Mul", [products, graph.scalar(1 / Math.sqrt(head))]),
      node("Mul", [ahead, graph.scalar(-1e30)]),
    ]);
    const seen = node("MatMul", [node("Softmax", [masked], { axis: int(-1) }), inHeads(v, 0, 2, 1, 3)]);
    return flattened(node("Transpose", [seen], { perm: ints(0, 2, 1, 3) }), width);
  }

  /** ONNX multiplies its input by a kernel of its own, here the identity, and has its gates in the order z, r, n. */
  function gru(x: Operand, kernel: Operand, bias: Operand): string {
    const width = widthOf(kernel) / 3;
    const identity = new Float32Array(9 * width * width);
    for (let i = 0; i < 3 * width; i++) identity[i * 3 * width + gateOrder(i, width)] = 1;
    const own = graph.weights(`const/gates of ${width}`, [1, 3 * width, 3 * width], identity);
    const gates = (operand: string, axis: number) => {
      const part = (of: number) =>
        node("Slice", [operand, graph.ints(of * width), graph.ints((of + 1) * width), graph.ints(axis)]);
      return node("Concat", [part(1), part(0), part(2)], { axis: int(axis) });
    };
    const recurrent = node("Unsqueeze", [
      gates(node("Transpose", [kernel.name], { perm: ints(1, 0) }), 0),
      graph.ints(0),
    ]);
    const none = graph.weights(`const/${3 * width} x 0`, [3 * width], new Float32Array(3 * width));
    const biases = node("Unsqueeze", [node("Concat", [none, gates(bias.name, 0)], { axis: int(0) }), graph.ints(0)]);
    const inTime = node("Transpose", [byUser(x)], { perm: ints(1, 0, 2) });
    const states = node("GRU", [inTime, own, recurrent, biases], {
      hidden_size: int(width),
      linear_before_reset: int(1),
    });
    const inBatch = node("Transpose", [node("Squeeze", [states, graph.ints(1)])], { perm: ints(1, 0, 2) });
    return flattened(inBatch, width);
  }

  return {
    part: (of) => flat(of === "position" ? after : taken),
    ...{ rows, last, shift, attention, gru },
  };
}

/** Which of r, z, n side by side stands at place i of z, r, n. */
const gateOrder = (i: number, width: number): number => (i < width ? i + width : i < 2 * width ? i - width : i);
