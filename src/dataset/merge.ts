import { recordedOf } from "./event-rows.ts";
import { Interactions } from "./interactions.ts";
import { isBefore, NO_CONTEXT, type TimedCsr } from "./timed.ts";

/**
 * Both parts of a split together; where they share an interaction, the later one is kept (see `DuplicatePolicy`). Of equal
 * times the second part's come after the first's. Values and times are those that the first part has.
 */
export function mergeParts(first: Interactions, second: Interactions): Interactions {
  const [a, b] = [first.byUser, second.byUser];
  const merged = room(a, b);
  const shift = (a.order?.reduce((most, place) => Math.max(most, place), -1) ?? -1) + 1;
  let to = 0;
  const take = (from: TimedCsr, at: number, moved: number): void => {
    merged.items[to] = from.items[at] ?? 0;
    if (merged.values) merged.values[to] = from.values?.[at] ?? 1;
    if (merged.times) merged.times[to] = from.times?.[at] ?? Number.NaN;
    if (merged.order) merged.order[to] = (from.order?.[at] ?? 0) + moved;
    if (merged.context) merged.context[to] = from.context?.[at] ?? NO_CONTEXT;
    to++;
  };
  for (let user = 0; user < first.users.size; user++) {
    let [i, j] = [a.offsets[user] ?? 0, b.offsets[user] ?? 0];
    const [endA, endB] = [a.offsets[user + 1] ?? 0, b.offsets[user + 1] ?? 0];
    while (i < endA || j < endB) {
      const x = i < endA ? (a.items[i] ?? 0) : Number.POSITIVE_INFINITY;
      const y = j < endB ? (b.items[j] ?? 0) : Number.POSITIVE_INFINITY;
      if (x < y || (x === y && isBefore(timeOf(b, j), timeOf(a, i)))) take(a, i, 0);
      else take(b, j, shift);
      if (x <= y) i++;
      if (y <= x) j++;
    }
    merged.offsets[user + 1] = to;
  }
  const cut = <T extends Int32Array | Float32Array | Float64Array>(array: T): T => array.slice(0, to) as T;
  const { offsets, items, values, times, order, context } = merged;
  const csr = {
    ...{ offsets, items: cut(items) },
    ...{ values: values && cut(values), times: times && cut(times), order: order && cut(order) },
    ...(context && { context: cut(context) }),
  };
  return new Interactions(first.users, first.items, csr, recordedOf(first, second));
}

function room(a: TimedCsr, b: TimedCsr) {
  const size = a.items.length + b.items.length;
  return {
    offsets: new Int32Array(a.offsets.length),
    items: new Int32Array(size),
    values: a.values && new Float32Array(size),
    times: a.times && new Float64Array(size),
    order: a.order && b.order && new Int32Array(size),
    context: (a.context ?? b.context) && new Int32Array(size),
  };
}

const timeOf = ({ times }: TimedCsr, at: number): number => times?.[at] ?? Number.NaN;
