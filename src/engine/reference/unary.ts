import type { UnaryFn } from "../../graph/tensor.ts";

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;
const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

export const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

interface Unary {
  readonly value: (x: number) => number;
  /** dy/dx from the argument and the value. */
  readonly slope: (x: number, y: number) => number;
}

/** The tanh form of GELU (Hendrycks & Gimpel 2016, section 2), which is PyTorch's `approximate="tanh"`. */
const gelu: Unary = {
  value: (x) => 0.5 * x * (1 + Math.tanh(GELU_SCALE * (x + GELU_CUBIC * x ** 3))),
  slope(x) {
    const t = Math.tanh(GELU_SCALE * (x + GELU_CUBIC * x ** 3));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * GELU_SCALE * (1 + 3 * GELU_CUBIC * x * x);
  },
};

/** Element-wise functions and their slopes: the definition that every engine is compared with. */
export const unary: { readonly [F in UnaryFn]: Unary } = {
  relu: { value: (x) => Math.max(x, 0), slope: (x) => (x > 0 ? 1 : 0) },
  sigmoid: { value: sigmoid, slope: (_, y) => y * (1 - y) },
  tanh: { value: Math.tanh, slope: (_, y) => 1 - y * y },
  /** Klambauer et al. 2017, equation 2. */
  selu: {
    value: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
    slope: (x, y) => (x > 0 ? SELU_SCALE : y + SELU_SCALE * SELU_ALPHA),
  },
  gelu,
  softplus: { value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), slope: sigmoid },
  exp: { value: Math.exp, slope: (_, y) => y },
  log: { value: Math.log, slope: (x) => 1 / x },
  sqrt: { value: Math.sqrt, slope: (_, y) => 0.5 / y },
  rsqrt: { value: (x) => 1 / Math.sqrt(x), slope: (x, y) => (-0.5 * y) / x },
  square: { value: (x) => x * x, slope: (x) => 2 * x },
  abs: { value: Math.abs, slope: Math.sign },
};
