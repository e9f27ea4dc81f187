import { f32, isRows, mismatch, operand, type Signature, sameShape } from "./shapes.ts";
import type { OpAttrs, Shape, Tensor, Window } from "./tensor.ts";

type Names = "unfold" | "fold" | "pool" | "poolGrad";
type Rule<K extends Names> = (inputs: readonly Tensor[], attrs: OpAttrs[K]) => Signature;

/** How many parts there are along a side of `length`. Below 1 where not even one fits. */
export const partsAlong = (length: number, { size, stride, padding }: Window): number =>
  Math.floor((length + 2 * padding - size) / stride) + 1;

/** Height, width and channels of each row. */
function image(op: string, x: Tensor): readonly [number, number, number] {
  if (!isRows(x.shape) || x.shape.length !== 4)
    mismatch(op, "f32[batch,height,width,channels]", [x], "Reshape to images, channels last.");
  return x.shape.slice(1) as unknown as readonly [number, number, number];
}

function parts(op: string, x: Tensor, height: number, width: number, window: Window): readonly [number, number] {
  const [down, across] = [partsAlong(height, window), partsAlong(width, window)];
  // A part of padding alone would be zeros whatever the image.
  if (down < 1 || across < 1 || window.padding >= window.size)
    mismatch(op, `an image that holds a part of ${window.size} x ${window.size}`, [x], "Take smaller parts.");
  return [down, across];
}

/** Shape rules of what looks at images part by part. */
export const windowRules: { readonly [K in Names]: Rule<K> } = {
  unfold(inputs, window) {
    const x = operand("unfold", inputs, 0);
    const [height, width, channels] = image("unfold", x);
    const [down, across] = parts("unfold", x, height, width, window);
    return f32([x.shape[0] as "batch", down * across, window.size ** 2 * channels]);
  },
  fold(inputs, { height, width, ...window }) {
    const x = operand("fold", inputs, 0);
    const [down, across] = parts("fold", x, height, width, window);
    const channels = (x.shape[2] as number) / window.size ** 2;
    if (!isRows(x.shape) || x.shape.length !== 3 || x.shape[1] !== down * across || !Number.isInteger(channels))
      mismatch("fold", "parts f32[batch,parts,size x size x channels]", [x], "Pass what unfold makes of the image.");
    return f32([x.shape[0] as "batch", height, width, channels]);
  },
  pool: ([x], attrs) => f32(pooled("pool", x, attrs)),
  poolGrad(inputs, attrs) {
    const [x, dy] = [operand("poolGrad", inputs, 0), operand("poolGrad", inputs, 1)];
    if (!sameShape(pooled("poolGrad", x, attrs), dy.shape))
      mismatch("poolGrad", "an image and the gradient of what was pooled", [x, dy], "Pass the operands of one pool.");
    return f32(x.shape);
  },
};

function pooled(op: string, given: Tensor | undefined, { size, stride }: OpAttrs["pool"]): Shape {
  const x = operand(op, given ? [given] : [], 0);
  const [height, width, channels] = image(op, x);
  return [x.shape[0] as "batch", ...parts(op, x, height, width, { size, stride, padding: 0 }), channels];
}
