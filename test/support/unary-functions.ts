import type { UnaryFn } from "../../src/graph/tensor.ts";

/** Total, so that a new one without its entry does not compile. */
const all: { readonly [F in UnaryFn]: true } = {
  ...{ relu: true, sigmoid: true, tanh: true, selu: true, gelu: true, softplus: true },
  ...{ exp: true, log: true, sqrt: true, rsqrt: true, square: true, abs: true },
};

/** Every element-wise function of one argument. */
export const unaryFunctions = Object.keys(all) as readonly UnaryFn[];
