import { fail } from "../core/errors.ts";
import type { Csr } from "./csr.ts";

/** Every entry of any of the matrices, which have equally many rows; without values and times. */
export function unionOf(first: Csr, ...others: readonly Csr[]): Csr {
  return others.reduce(unionOfTwo, { offsets: first.offsets, items: first.items });
}

function unionOfTwo(a: Csr, b: Csr): Csr {
  const rows = a.offsets.length - 1;
  if (b.offsets.length - 1 !== rows) {
    fail("DATA_INTERACTIONS", {
      what: "Parts have different numbers of users",
      received: `${rows} and ${b.offsets.length - 1}`,
    });
  }
  const offsets = new Int32Array(rows + 1);
  const items = new Int32Array(a.items.length + b.items.length);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    let [i, j] = [a.offsets[row] ?? 0, b.offsets[row] ?? 0];
    const [endA, endB] = [a.offsets[row + 1] ?? 0, b.offsets[row + 1] ?? 0];
    while (i < endA || j < endB) {
      const x = i < endA ? (a.items[i] ?? 0) : Number.POSITIVE_INFINITY;
      const y = j < endB ? (b.items[j] ?? 0) : Number.POSITIVE_INFINITY;
      items[to++] = Math.min(x, y);
      if (x <= y) i++;
      if (y <= x) j++;
    }
    offsets[row + 1] = to;
  }
  return { offsets, items: to < items.length ? items.slice(0, to) : items };
}
