/**
 * A Markov chain of the last event: what came after it most often, in whatever history. The baseline of everything that looks at
 * order; with a window it counts what came soon after, the sooner the more.
 *
 * Ludewig & Jannach, "Evaluation of session-based recommendation algorithms", User Modeling and User-Adapted Interaction 2018, section
 * 3.1: Markov chains (`window` 1) and sequential rules (wider ones, weighted by 1 / distance, their equation 3).
 *
 * Choices where implementations differ: where values weigh, an event that comes after counts by its own; probabilities are smoothed by popularity, `(n_ij + s p_j) / (n_i + s)` with s the `smoothing`, so
 * that what never came after the last item is ranked by how popular it is.
 */
import type { Csr, SparseMatrix } from "../core/csr.ts";
import { defineModel } from "../nn/model.ts";
import { count, number, searched } from "../nn/options.ts";

export interface MarkovConfig {
  /** How many events later something still comes after. */
  readonly window: number;
  /** As how many events the popularity counts, beside those after an item. */
  readonly smoothing: number;
}

export const markov = defineModel<MarkovConfig>({
  name: "markov",
  title: "Markov chain of the last event",
  paper: "https://arxiv.org/abs/1803.09587",
  task: "solve",
  weighs: true,
  defaults: { window: 1, smoothing: 1 },
  options: {
    window: searched(count("how many events later something still comes after"), { among: [1, 2, 5, 10] }),
    smoothing: searched(number("as how many events the popularity counts", 0, 1e9), { between: [0.1, 100] }),
  },
  training: {},
  build({ users, items }, _, nn) {
    const latest = nn.events(users.sequence, 1, { foretold: false }).items;
    const itself = nn.data("itself", items.size, items.size);
    const after = nn.bag({ matrix: itself, ids: latest }, nn.data("after", items.size, items.size));
    const rest = nn.param("rest", [items.size, 1], { kind: "zeros" });
    const popular = nn.param("popular", [items.size], { kind: "zeros" });
    const unknown = nn.expandLast(nn.squeezeLast(nn.gather(rest, latest)), items.size);
    return nn.scope("score", () => nn.latest(nn.add(after, nn.mul(unknown, popular))));
  },
  async solve({ interactions, sequence }, { window, smoothing }) {
    const { columns } = interactions;
    const order = sequence ?? interactions;
    const [popular, after] = [new Float64Array(columns), following(order, columns, window)];
    for (const [e, item] of order.items.entries()) popular[item] = (popular[item] as number) + (order.values?.[e] ?? 1);
    const values = new Float32Array(after.items.length);
    const rest = new Float32Array(columns);
    for (let item = 0; item < columns; item++) {
      const [from, to] = [after.offsets[item] as number, after.offsets[item + 1] as number];
      const total = (after.values as Float32Array).subarray(from, to).reduce((sum, x) => sum + x, smoothing);
      if (total === 0) continue;
      rest[item] = smoothing / total;
      for (let e = from; e < to; e++) values[e] = (after.values?.[e] as number) / total;
    }
    const all = popular.reduce((sum, n) => sum + n, 0) || 1;
    const itself = {
      offsets: Int32Array.from({ length: columns + 1 }, (_, i) => i),
      items: Int32Array.from(rest.keys()),
    };
    return {
      parameters: { rest, popular: Float32Array.from(popular, (n) => n / all) },
      matrices: { itself, after: { offsets: after.offsets, items: after.items, values } },
    };
  },
});

/** Row i: how often each item came within so many events after i, one that came d events later counting as 1 / d, times its value where it has one. */
function following({ offsets, items, values }: Csr, columns: number, window: number): SparseMatrix {
  const rows = Array.from({ length: columns }, () => new Map<number, number>());
  for (let user = 0; user + 1 < offsets.length; user++) {
    for (let e = offsets[user] as number; e < (offsets[user + 1] as number); e++) {
      const row = rows[items[e] as number] as Map<number, number>;
      for (let d = 1; d <= window && e + d < (offsets[user + 1] as number); d++) {
        const next = items[e + d] as number;
        row.set(next, (row.get(next) ?? 0) + (values?.[e + d] ?? 1) / d);
      }
    }
  }
  const sorted = rows.map((row) => [...row].sort(([a], [b]) => a - b));
  const ends = new Int32Array(columns + 1);
  for (const [i, row] of sorted.entries()) ends[i + 1] = (ends[i] as number) + row.length;
  const entries = sorted.flat();
  return {
    offsets: ends,
    items: Int32Array.from(entries, ([item]) => item),
    values: Float32Array.from(entries, ([, weight]) => weight),
    columns,
  };
}
