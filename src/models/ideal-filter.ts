/**
 * The ideal low-pass filter `r I^-½ V V' I^½` of GF-CF and BSPM: the projection of a history on the smoothest frequencies of the graph
 * of items, V the singular vectors of the normalized events, I the events of items.
 */
import type { Tensor } from "../graph/tensor.ts";
import type { Builder } from "../nn/builder.ts";
import type { ModelInputs, SideInputs } from "../nn/inputs.ts";

/** What the histories come to, `[batch, items]`, and the item vectors; its tables, `into` and `out`, are solved for. */
export function idealFilter(nn: Builder, users: ModelInputs["users"], items: SideInputs, factors: number) {
  const into = nn.param("into", [items.size, factors], { kind: "zeros" });
  const out = nn.param("out", [items.size, factors], { kind: "zeros" });
  const passed = (): Tensor => nn.matmul(nn.bag(users.history, into), out, { transposeB: true });
  return { passed, vectors: { item: nn.gather(out, items.id) } };
}

/** Its tables `[items, factors]`, of singular vectors and the events of the items. */
export function idealFilterTables(vectors: Float32Array, itemCounts: ArrayLike<number>, factors: number) {
  const scaled = (exponent: number) =>
    vectors.map((x, i) => x * Math.max(1, itemCounts[Math.floor(i / factors)] as number) ** exponent);
  return { into: scaled(-0.5), out: scaled(0.5) };
}
