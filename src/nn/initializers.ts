import { fail } from "../core/errors.ts";
import { hash, mix32, STREAM, unit } from "../core/random.ts";
import type { Plan } from "../graph/plan.ts";
import type { Init, OpAttrs } from "../graph/tensor.ts";

/** Arrays that the data set provides to `{ kind: "data" }` initializers, by name. */
export type InitialData = Readonly<Record<string, ArrayLike<number>>>;

/** First values of every parameter of a plan, by name. A draw depends on seed, parameter name and element only. */
export function initialValues(plan: Plan, data: InitialData, seed: number): Record<string, Float32Array> {
  const values: Record<string, Float32Array> = {};
  for (const { op, attrs, shape } of plan.instructions) {
    if (op !== "param") continue;
    const { name, init } = attrs as OpAttrs["param"];
    values[name] = draw(init, shape as readonly number[], data, hash(seed, STREAM.init, nameHash(name)));
  }
  return values;
}

function draw(init: Init, shape: readonly number[], data: InitialData, key: number): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const [fanIn = 1, fanOut = 1] = shape;
  switch (init.kind) {
    case "zeros":
      return values;
    case "constant":
      return values.fill(init.value);
    case "normal":
      return fillNormal(values, init.stddev, key);
    case "uniform":
      return fillUniform(values, init.limit, key);
    // Glorot & Bengio 2010, equation 16; LeCun et al. 1998, section 4.6; He et al. 2015, equation 10 (uniform forms).
    case "glorotUniform":
      return fillUniform(values, Math.sqrt(6 / (fanIn + fanOut)), key);
    case "lecunUniform":
      return fillUniform(values, Math.sqrt(3 / fanIn), key);
    case "heUniform":
      return fillUniform(values, Math.sqrt(6 / fanIn), key);
    case "data":
      values.set(
        data[init.name] ??
          fail("GRAPH_PLAN", { what: `The catalog has no "${init.name}"`, expected: Object.keys(data).join(", ") }),
      );
      return values;
  }
}

/** The i-th word under a key: `hash` with its prefix already mixed, because tables have millions of elements. */
const word = (key: number, i: number): number => mix32(((key ^ i) + 0x9e3779b9) >>> 0);

function fillUniform(values: Float32Array, limit: number, key: number): Float32Array {
  for (let i = 0; i < values.length; i++) values[i] = (2 * unit(word(key, i)) - 1) * limit;
  return values;
}

/** Box-Muller, two values per pair of words. */
function fillNormal(values: Float32Array, stddev: number, key: number): Float32Array {
  for (let i = 0; i < values.length; i += 2) {
    const radius = stddev * Math.sqrt(-2 * Math.log(1 - unit(word(key, i))));
    const angle = 2 * Math.PI * unit(word(key, i + 1));
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/** A u32 from a name, so that adding a layer does not change the draws of the others. */
export function nameHash(name: string): number {
  let h = 0;
  for (let i = 0; i < name.length; i++) h = hash(h, name.charCodeAt(i));
  return h;
}
