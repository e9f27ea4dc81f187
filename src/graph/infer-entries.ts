import { attended } from "./operands.ts";
import { f32, isEntries, mismatch, operand, type Signature, sameShape, width } from "./shapes.ts";
import type { OpAttrs, OpName, Shape, Tensor } from "./tensor.ts";

type Rule<K extends OpName> = (inputs: readonly Tensor[], attrs: OpAttrs[K]) => Signature;
type Names = "entryValues" | "last" | "atLast" | "shift" | "gru" | "gruGrad" | "attention" | "attentionGrad";

function ofEntries(op: string, inputs: readonly Tensor[]): number {
  const x = operand(op, inputs, 0);
  if (!isEntries(x.shape) || x.shape.length !== 2)
    mismatch(op, "f32[entries,width]", [x], "Pass a value of the entries.");
  return width(op, x);
}

/** The width of a recurrent unit's states, where the operands have these shapes by it. */
function recurrent(op: string, inputs: readonly Tensor[], kernel: number, shapes: (width: number) => readonly Shape[]) {
  const [size] = operand(op, inputs, kernel).shape;
  if (typeof size !== "number" || !shapes(size).every((shape, i) => sameShape(operand(op, inputs, i).shape, shape)))
    return mismatch(
      op,
      "gates f32[entries,3 width], a kernel [width,3 width] and a bias [3 width]",
      inputs,
      "Multiply what comes in by a matrix with three times as many columns as the state has.",
    );
  return size;
}

/** Shape rules of what looks at more than one entry of a row. */
export const entryRules: { readonly [K in Names]: Rule<K> } = {
  entryValues(inputs, { part }) {
    const ids = operand("entryValues", inputs, 0);
    if (ids.op !== "unroll" || part === "position" || (ids.attrs as OpAttrs["unroll"]).part !== part)
      mismatch("entryValues", "columns of entries, or those after them", [ids], "Pass what unroll gave.");
    return f32(["entries"]);
  },
  last: (inputs) => f32(["batch", ofEntries("last", inputs)]),
  atLast(inputs) {
    const x = operand("atLast", inputs, 0);
    if (x.shape[0] !== "batch" || x.shape.length !== 2)
      mismatch("atLast", "f32[batch,width]", [x], "Pass a value of the rows.");
    return f32(["entries", width("atLast", x)]);
  },
  shift: (inputs) => f32(["entries", ofEntries("shift", inputs)]),
  gru: (inputs) => f32(["entries", recurrent("gru", inputs, 1, (w) => [["entries", 3 * w], [w, 3 * w], [3 * w]])]),
  gruGrad(inputs) {
    const shapes = (w: number): readonly Shape[] => {
      const [gates, states]: readonly Shape[] = [
        ["entries", 3 * w],
        ["entries", w],
      ];
      return [gates, gates, states, [w, 3 * w], states] as readonly Shape[];
    };
    return f32(["entries", 4 * recurrent("gruGrad", inputs, 3, shapes)]);
  },
  attention: (inputs, { heads }) => f32(["entries", attended("attention", inputs, heads)]),
  attentionGrad: (inputs, { heads }) => f32(["entries", 3 * attended("attentionGrad", inputs, heads)]),
};
