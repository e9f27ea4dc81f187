/** Layers of images `[batch, height, width, channels]`, channels last as in Keras. */
import { fail } from "../core/errors.ts";
import { partsAlong } from "../graph/infer-windows.ts";
import { add, affine, batchMatmul, denseRows, matmul, param, reshape, slice, unfold, withScope } from "../graph/ops.ts";
import type { Init, Tensor } from "../graph/tensor.ts";
import type { SideInputs } from "./inputs.ts";
import { type Activation, activation, type Layer } from "./layers.ts";

export interface ConvolutionOptions {
  /** Side of the kernels, in pixels. */
  readonly size: number;
  /** Pixels from one place to the next. Default 1. */
  readonly stride?: number;
  /** Rows and columns of zeros around the image, fewer than `size`. Default 0; with (size - 1) / 2 an image keeps its sides. */
  readonly padding?: number;
  /** Default `linear`. */
  readonly activation?: Activation;
  /** Default Glorot uniform, as in Keras. */
  readonly kernelInit?: Init;
}

/**
 * Convolution of images, `[batch, height, width, channels] → [batch, down, across, kernels]`, with a bias per kernel; what does not fill a
 * kernel at the right and lower edge is left out. LeCun et al. 1998, section II.
 */
export function convolution(name: string, kernels: number, options: ConvolutionOptions): Layer {
  const { size, stride = 1, padding = 0 } = options;
  let weights: { readonly kernel: Tensor; readonly bias: Tensor } | undefined;
  return (x) =>
    withScope(name, () => {
      const [batch, height, width, channels] = x.shape as readonly ["batch", number, number, number];
      const parts = unfold(x, { size, stride, padding });
      weights ??= {
        kernel: param(
          `${name}/kernel`,
          [size ** 2 * channels, kernels],
          options.kernelInit ?? { kind: "glorotUniform" },
        ),
        bias: param(`${name}/bias`, [kernels], { kind: "zeros" }),
      };
      const along = (length: number) => partsAlong(length, { size, stride, padding });
      const maps = activation(options.activation ?? "linear")(add(matmul(parts, weights.kernel), weights.bias));
      return reshape(maps, [batch, along(height), along(width), kernels]);
    });
}

/**
 * The pictures of items, `[batch, side, side, 3]`: red, green and blue from -1 to 1, zeros where an item has none. Throws FEATURE_MISSING
 * where the data have no pictures.
 */
export function pictures({ id, picture, features }: SideInputs): Tensor {
  if (!picture) {
    return fail("FEATURE_MISSING", {
      what: "The model looks at pictures, and the data have none",
      fix: "Add them (penchant features DATASET --items FOLDER, with files named by the items' ids).",
    });
  }
  const { start, side, scale } = picture;
  const pixels = slice(denseRows(features.matrix, id), start, 3 * side ** 2);
  return affine(reshape(pixels, ["batch", side, side, 3]), 1 / scale);
}

/** The numbers of each row side by side: `[batch, …] → [batch, width]`. */
export function flatten(x: Tensor): Tensor {
  const [rows, ...sizes] = x.shape as readonly ["batch", ...number[]];
  return reshape(x, [rows, sizes.reduce((a, b) => a * b, 1)]);
}

/** Every number of one row times every number of another: `[batch, n] x [batch, m] → [batch, n, m]`. */
export function outer(a: Tensor, b: Tensor): Tensor {
  const [rows, n] = a.shape as readonly ["batch", number];
  return batchMatmul(reshape(a, [rows, n, 1]), reshape(b, [rows, 1, b.shape[1] as number]));
}
