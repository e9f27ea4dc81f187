/**
 * First values of NeuMF from a trained GMF and a trained MLP.
 *
 * He et al. 2017, section 3.4.1, equation 13: embeddings and tower are taken over; the output layer is the concatenation of
 * α x GMF's and (1 − α) x MLP's. The authors' code halves the sum of both biases, which is this at their α = 0.5.
 */
import { fail } from "../core/errors.ts";

type Parameters = Readonly<Record<string, Float32Array>>;

/** Both runs need the factors of the NeuMF to be started. `alpha` in [0, 1], default 0.5. Throws CONFIG_VALUE. */
export function neuMfFrom(gmf: Parameters, mlp: Parameters, alpha = 0.5): Record<string, Float32Array> {
  if (!(alpha >= 0 && alpha <= 1))
    fail("CONFIG_VALUE", { what: "alpha is out of range", expected: "a number in [0, 1]", received: String(alpha) });
  const [fromGmf, fromMlp] = [part(gmf, "gmf/"), part(mlp, "mlp/")];
  return {
    ...fromGmf,
    ...fromMlp,
    "head/kernel": Float32Array.of(...scaled(gmf, "head/kernel", alpha), ...scaled(mlp, "head/kernel", 1 - alpha)),
    "head/bias": Float32Array.of(
      (scaled(gmf, "head/bias", alpha)[0] ?? 0) + (scaled(mlp, "head/bias", 1 - alpha)[0] ?? 0),
    ),
  };
}

function part(parameters: Parameters, prefix: string): Record<string, Float32Array> {
  const found = Object.entries(parameters).filter(([name]) => name.startsWith(prefix));
  if (found.length === 0)
    fail("CONFIG_VALUE", {
      what: `The run has no "${prefix}" parameters`,
      fix: `Pass a run of the "${prefix.slice(0, -1)}" model.`,
    });
  return Object.fromEntries(found.map(([name, values]) => [name, values.slice()]));
}

const scaled = (parameters: Parameters, name: string, factor: number): number[] =>
  Array.from(parameters[name] ?? [], (value) => value * factor);
