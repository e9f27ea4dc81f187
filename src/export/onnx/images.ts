/** Images, and rows of matrices, in ONNX: operators there have channels first. */
import type { OpAttrs, Shape, Window } from "../../graph/tensor.ts";
import { ints, type OnnxGraph } from "./graph.ts";

interface Operand {
  readonly name: string;
  readonly shape: Shape;
}

/** The last two dimensions turned. */
export function transposed(graph: OnnxGraph, { name, shape }: Operand): string {
  const order = shape.map((_, i) => i);
  const [a, b] = order.splice(-2) as [number, number];
  return graph.node("Transpose", [name], { perm: ints(...order, b, a) });
}

const channelsFirst = (graph: OnnxGraph, x: string): string => graph.node("Transpose", [x], { perm: ints(0, 3, 1, 2) });
const channelsLast = (graph: OnnxGraph, x: string): string => graph.node("Transpose", [x], { perm: ints(0, 2, 3, 1) });

/** A convolution whose kernels each pick one number of a part. */
export function unfold(graph: OnnxGraph, { name, shape }: Operand, { size, stride, padding }: Window): string {
  const channels = shape[3] as number;
  const numbers = size ** 2 * channels;
  const picks = new Float32Array(numbers * numbers);
  for (let pixel = 0; pixel < size ** 2; pixel++) {
    for (let c = 0; c < channels; c++) picks[(pixel * channels + c) * numbers + c * size ** 2 + pixel] = 1;
  }
  const kernels = graph.weights(`const/parts ${size} x ${channels}`, [numbers, channels, size, size], picks);
  const parts = graph.node("Conv", [channelsFirst(graph, name), kernels], {
    pads: ints(padding, padding, padding, padding),
    strides: ints(stride, stride),
  });
  return graph.node("Reshape", [channelsLast(graph, parts), graph.ints(0, -1, numbers)]);
}

export function pool(graph: OnnxGraph, { name }: Operand, { of, size, stride }: OpAttrs["pool"]): string {
  const pooled = graph.node(of === "max" ? "MaxPool" : "AveragePool", [channelsFirst(graph, name)], {
    kernel_shape: ints(size, size),
    strides: ints(stride, stride),
  });
  return channelsLast(graph, pooled);
}
