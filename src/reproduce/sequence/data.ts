/** MovieLens-1M in order, cut in two ways. Items with 5 interactions or more. */
import { join } from "node:path";
import { fail } from "../../core/errors.ts";
import {
  Interactions,
  importDataset,
  kCore,
  leaveLastOut,
  mergeParts,
  readInteractions,
  type Split,
  timeSplit,
} from "../../dataset/index.ts";
import { fewUsers } from "../small.ts";
import type { ReproduceOptions } from "../types.ts";

type From = Pick<ReproduceOptions, "from" | "signal" | "quick">;

/** Of each user the last interaction by `pos`, and the last but one for validation. */
export async function leftLast({ from, signal, quick }: From): Promise<Split> {
  const { report, interactions, given } = await importDataset(from, { signal });
  if (report.source.format !== "ncf-ml-1m" || !given) {
    fail("DATA_FORMAT", {
      what: `${from} is not the MovieLens-1M folder with positions`,
      expected: "ratings.tsv.gz, item_list.txt, ml-1m.test.rating and ml-1m.test.negative",
      received: `the ${report.source.format} format`,
    });
  }
  const all = fewUsers(mergeParts(interactions, given.test), { quick });
  return leaveLastOut(kCore(all), { validation: true });
}

/** One instant for everybody: the latest tenth is the test, a twentieth before it validation. */
export async function cutInTime({ from, signal, quick }: From): Promise<Split> {
  const file = join(from, "ratings.tsv.gz");
  const placed = await readInteractions(file, { time: "pos", signal });
  const stamped = await readInteractions(file, { time: "timestamp", signal });
  return timeSplit(kCore(fewUsers(withNearestTimes(placed, stamped), { quick })), { test: 0.1, validation: 0.05 });
}

/**
 * The file knows one time in ten, but the order of everybody's interactions: each gets the latest known time before it, or else the first
 * one after it. Who has none is left out.
 */
function withNearestTimes(placed: Interactions, stamped: Interactions): Interactions {
  const { offsets, times: places = new Float64Array(placed.size) } = placed.byUser;
  const known = stamped.byUser.times ?? new Float64Array(placed.size).fill(Number.NaN);
  const times = new Float64Array(placed.size).fill(Number.NaN);
  for (let user = 0; user < placed.users.size; user++) {
    const [start, end] = [offsets[user] as number, offsets[user + 1] as number];
    const inOrder = Array.from({ length: end - start }, (_, i) => start + i).sort(
      (a, b) => (places[a] as number) - (places[b] as number),
    );
    let time = inOrder.map((at) => known[at] as number).find((each) => !Number.isNaN(each)) ?? Number.NaN;
    for (const at of inOrder) {
      const own = known[at] as number;
      if (!Number.isNaN(own)) time = own;
      times[at] = time;
    }
  }
  const timed = new Interactions(placed.users, placed.items, {
    ...placed.byUser,
    ...{ times, order: Int32Array.from(places) },
  });
  const [kept] = timed.partition(
    Uint8Array.from(times, (time) => (Number.isNaN(time) ? 1 : 0)),
    2,
  );
  return kept as Interactions;
}
