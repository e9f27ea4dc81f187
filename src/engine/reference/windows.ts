/** Images looked at part by part: `[rows, height, width, channels]`. */
import { partsAlong } from "../../graph/infer-windows.ts";
import type { OpAttrs, Window } from "../../graph/tensor.ts";

type Dense = Float64Array;
type Sizes = readonly number[];
const at = (x: ArrayLike<number>, i: number): number => x[i] as number;
const size = (shape: Sizes): number => shape.reduce((a, b) => a * b, 1);

/** Where one number of a part comes from; the image and the parts are numbered as they lie in memory. */
interface Place {
  readonly pixel: number;
  readonly part: number;
  /** The part, and the channel: what is pooled together. */
  readonly pooled: number;
}

/** Every number of every part that is not padding, in order of the parts. */
function* places(window: Window, [rows = 0, height = 0, width = 0, channels = 0]: Sizes): Generator<Place> {
  const { size: side, stride, padding } = window;
  const along = (length: number) => partsAlong(length, window);
  let part = 0;
  let pooled = 0;
  for (let row = 0; row < rows; row++) {
    for (let y = 0; y < along(height); y++) {
      for (let x = 0; x < along(width); x++, pooled += channels) {
        for (let dy = 0; dy < side; dy++) {
          for (let dx = 0; dx < side; dx++) {
            const [py, px] = [y * stride + dy - padding, x * stride + dx - padding];
            const isInside = py >= 0 && py < height && px >= 0 && px < width;
            for (let c = 0; c < channels; c++, part++) {
              const pixel = ((row * height + py) * width + px) * channels + c;
              if (isInside) yield { pixel, part, pooled: pooled + c };
            }
          }
        }
      }
    }
  }
}

const count = (window: Window, [rows = 0, height = 0, width = 0, channels = 0]: Sizes): number =>
  rows * partsAlong(height, window) * partsAlong(width, window) * channels;

export function unfold(window: Window, image: Sizes, x: Dense): Dense {
  const out = new Float64Array(count(window, image) * window.size ** 2);
  for (const { pixel, part } of places(window, image)) out[part] = at(x, pixel);
  return out;
}

export function fold(window: Window, image: Sizes, parts: Dense): Dense {
  const out = new Float64Array(size(image));
  for (const { pixel, part } of places(window, image)) out[pixel] = at(out, pixel) + at(parts, part);
  return out;
}

export function pool({ of, ...sides }: OpAttrs["pool"], image: Sizes, x: Dense): Dense {
  const window = { ...sides, padding: 0 };
  const out = new Float64Array(count(window, image)).fill(of === "max" ? Number.NEGATIVE_INFINITY : 0);
  for (const { pixel, pooled } of places(window, image)) {
    const value = at(x, pixel);
    out[pooled] = of === "max" ? Math.max(at(out, pooled), value) : at(out, pooled) + value / window.size ** 2;
  }
  return out;
}

/** All of it goes to the largest, the first of equal ones in reading order; or to each its share. */
export function poolGradient({ of, ...sides }: OpAttrs["pool"], image: Sizes, x: Dense, dy: Dense): Dense {
  const window = { ...sides, padding: 0 };
  const out = new Float64Array(size(image));
  const largest = new Int32Array(dy.length).fill(-1);
  for (const { pixel, pooled } of places(window, image)) {
    const best = at(largest, pooled);
    if (best < 0 || at(x, pixel) > at(x, best)) largest[pooled] = pixel;
    if (of === "mean") out[pixel] = at(out, pixel) + at(dy, pooled) / window.size ** 2;
  }
  if (of === "max") for (const [i, pixel] of largest.entries()) out[pixel] = at(out, pixel) + at(dy, i);
  return out;
}
