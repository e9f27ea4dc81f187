import { f32, isRows, mismatch, operand, type Signature, sameShape, width } from "./shapes.ts";
import type { OpAttrs, Tensor } from "./tensor.ts";

type Rule<K extends keyof OpAttrs> = (inputs: readonly Tensor[], attrs: OpAttrs[K]) => Signature;

/** How many rows were drawn, and of how many; undefined where x is nothing drawn. */
const drawnOf = (x: Tensor) => (x.op === "draw" ? (x.attrs as OpAttrs["draw"]) : undefined);

const isMatrix = ({ shape }: Tensor): boolean => shape.length === 2 && !isRows(shape);

/** Shape rules of what looks at rows that were drawn for the whole batch. */
export const drawnRules: { readonly [K in "draw" | "pick" | "putBack"]: Rule<K> } = {
  draw([weights], { count, rows }) {
    if (weights && (weights.op !== "data" || !sameShape(weights.shape, [1, rows])))
      mismatch("draw", `data f32[1,${rows}]`, [weights], "Give each row of the table a weight.");
    return f32([count]);
  },
  pick(inputs) {
    const [table, drawn] = [operand("pick", inputs, 0), operand("pick", inputs, 1)];
    const draw = drawnOf(drawn);
    if (!draw || !isMatrix(table) || table.shape[0] !== draw.rows)
      return mismatch("pick", "f32[rows,width] and a draw of its rows", [table, drawn], "Draw from as many rows.");
    return f32([draw.count, width("pick", table)]);
  },
  putBack(inputs, { rows }) {
    const [drawn, x] = [operand("putBack", inputs, 0), operand("putBack", inputs, 1)];
    const draw = drawnOf(drawn);
    if (!draw || draw.rows !== rows || !isMatrix(x) || x.shape[0] !== draw.count)
      return mismatch(
        "putBack",
        `a draw of ${rows} rows and f32[count,width]`,
        [drawn, x],
        "Pass a row for each drawn.",
      );
    return f32([rows, width("putBack", x)]);
  },
};
