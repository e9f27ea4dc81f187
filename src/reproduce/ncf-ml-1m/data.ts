import { type Interactions, readNcfMl1m, type Split } from "../../dataset/index.ts";
import { fewOfSplit } from "../small.ts";
import type { ReproduceOptions } from "../types.ts";

/**
 * MovieLens-1M as He et al. published it. `choose` takes a validation part out of the training data: the last interaction of
 * every fourth user, which is like the test in kind.
 */
export async function readData({ from, choose, signal, quick }: ReproduceOptions): Promise<Split> {
  const split = fewOfSplit(await readNcfMl1m(from, { signal }), { quick });
  if (!choose) return split;
  const [train, validation] = split.train.partition(lastOfEveryFourth(split.train), 2) as [Interactions, Interactions];
  return { ...split, train, validation };
}

/** Part numbers: 1 for the held-out entries, 0 for the others. */
function lastOfEveryFourth({ byUser: { offsets, times }, size }: Interactions): Uint8Array {
  const part = new Uint8Array(size);
  for (let user = 0; user + 1 < offsets.length; user += 4) {
    const [start, end] = [offsets[user] as number, offsets[user + 1] as number];
    let last = start;
    for (let at = start + 1; at < end; at++) if ((times?.[at] ?? 0) >= (times?.[last] ?? 0)) last = at;
    if (end - start > 1) part[last] = 1;
  }
  return part;
}
