import type { Csr } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { NO_CONTEXT, type TimedCsr } from "./timed.ts";

/** Every entry of any of the matrices, which have equally many rows; without values and times. */
export function unionOf(first: Csr, ...others: readonly Csr[]): Csr {
  const bare = ({ offsets, items }: Csr): Csr => ({ offsets, items });
  return others.reduce<Csr>((sum, other) => mergeRows(sum, bare(other)), bare(first));
}

/** Every entry of either matrix, with values, times, order and context; where both have one, that of the second. Throws DATA_INTERACTIONS. */
export function mergeRows(a: TimedCsr, b: TimedCsr): TimedCsr {
  const { offsets, from } = merged(a, b);
  const column = <T extends { [at: number]: number }>(make: (size: number) => T, ofA: T, ofB: T): T => {
    const values = make(from.length);
    for (let at = 0; at < from.length; at++) {
      const source = from[at] as number;
      values[at] = (source < 0 ? ofB[-1 - source] : ofA[source]) as number;
    }
    return values;
  };
  const filled = <T extends { fill(value: number): T }>(given: T | undefined, make: () => T, value: number): T =>
    given ?? make().fill(value);
  const ones = ({ values, items }: Csr) => filled(values, () => new Float32Array(items.length), 1);
  const unknown = ({ times, items }: TimedCsr) => filled(times, () => new Float64Array(items.length), Number.NaN);
  const nothing = ({ context, items }: TimedCsr) => filled(context, () => new Int32Array(items.length), NO_CONTEXT);
  return {
    offsets,
    items: column((size) => new Int32Array(size), a.items, b.items),
    ...((a.values || b.values) && { values: column((size) => new Float32Array(size), ones(a), ones(b)) }),
    ...(a.order && b.order && { order: column((size) => new Int32Array(size), a.order, b.order) }),
    ...((a.context || b.context) && { context: column((size) => new Int32Array(size), nothing(a), nothing(b)) }),
    ...((a.times || b.times) && { times: column((size) => new Float64Array(size), unknown(a), unknown(b)) }),
  };
}

/** Offsets of the union, and where each of its entries comes from: position p of `a` as p, position p of `b` as -1 - p. */
function merged(a: Csr, b: Csr): { readonly offsets: Int32Array; readonly from: Int32Array } {
  const rows = a.offsets.length - 1;
  if (b.offsets.length - 1 !== rows) {
    fail("DATA_INTERACTIONS", {
      what: "Parts have different numbers of users",
      received: `${rows} and ${b.offsets.length - 1}`,
    });
  }
  const offsets = new Int32Array(rows + 1);
  const from = new Int32Array(a.items.length + b.items.length);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    let [i, j] = [a.offsets[row] ?? 0, b.offsets[row] ?? 0];
    const [endA, endB] = [a.offsets[row + 1] ?? 0, b.offsets[row + 1] ?? 0];
    while (i < endA || j < endB) {
      const x = i < endA ? (a.items[i] ?? 0) : Number.POSITIVE_INFINITY;
      const y = j < endB ? (b.items[j] ?? 0) : Number.POSITIVE_INFINITY;
      from[to++] = y <= x ? -1 - j : i;
      if (x <= y) i++;
      if (y <= x) j++;
    }
    offsets[row + 1] = to;
  }
  return { offsets, from: to < from.length ? from.slice(0, to) : from };
}
