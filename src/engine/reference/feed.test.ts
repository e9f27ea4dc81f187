import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { below, hash, STREAM } from "../../core/random.ts";
import type { Csr, FeedSpec } from "../contract.ts";
import { type Batch, contains, createFeed, drawNegative } from "./feed.ts";

/** Up to 6 users who each know some of up to 9 items; at least one positive in all. */
const matrices = fc
  .integer({ min: 2, max: 9 })
  .chain((items) =>
    fc.record({
      items: fc.constant(items),
      rows: fc.array(fc.uniqueArray(fc.nat(items - 1)), { minLength: 1, maxLength: 6 }),
    }),
  )
  .filter(({ rows }) => rows.some((row) => row.length > 0));

function toCsr(rows: readonly (readonly number[])[]): Csr {
  const sorted = rows.map((row) => [...row].sort((a, b) => a - b));
  const offsets = new Int32Array(rows.length + 1);
  for (const [i, row] of sorted.entries()) offsets[i + 1] = (offsets[i] ?? 0) + row.length;
  const items = Int32Array.from(sorted.flat());
  return { offsets, items, values: Float32Array.from(items, (item, i) => item + i / 100) };
}

interface Case {
  readonly spec: FeedSpec;
  readonly batchSize: number;
  readonly seed: number;
  readonly epoch: number;
}

function cases(kind: FeedSpec["kind"]): fc.Arbitrary<Case> {
  return fc
    .record({
      matrix: matrices,
      negatives: fc.integer({ min: 1, max: 5 }),
      batchSize: fc.integer({ min: 1, max: 20 }),
      seed: fc.nat(),
      epoch: fc.nat(50),
      alias: fc.boolean(),
    })
    .map(({ matrix: { items, rows }, negatives, alias, ...rest }) => {
      const interactions = toCsr(rows);
      const aliases = Int32Array.from({ length: items }, (_, i) => (i + 1) % items);
      const thresholds = new Uint32Array(items).fill(2 ** 31);
      const distribution = alias ? ({ kind: "alias", thresholds, aliases } as const) : ({ kind: "uniform" } as const);
      const sizes = { users: rows.length, items, interactions, known: interactions };
      return { spec: { kind, negatives, distribution, shuffle: "rows", ...sizes }, ...rest };
    });
}

/** Every row of the epoch as numbers, in order. */
function wholeEpoch({ spec, batchSize, seed, epoch }: Case) {
  const feed = createFeed(spec, { batchSize, seed });
  const batches = Array.from({ length: feed.stepsPerEpoch }, (_, step) => feed.batch(epoch, step));
  const column = (name: string) => batches.flatMap(({ feeds }) => [...(feeds[name] ?? [])]);
  return {
    feed,
    batches,
    user: column("user"),
    item: column("item"),
    label: column("label"),
    negative: column("negative"),
  };
}

/** (user, item) of every positive, as `user:item`. */
const positives = ({ interactions, users }: FeedSpec): string[] =>
  Array.from({ length: users }, (_, user) =>
    [...interactions.items.subarray(interactions.offsets[user], interactions.offsets[user + 1])].map(
      (item) => `${user}:${item}`,
    ),
  ).flat();

const knowsEverything = (spec: FeedSpec, user: number) =>
  (spec.known.offsets[user + 1] ?? 0) - (spec.known.offsets[user] ?? 0) === spec.items;

describe("createFeed", () => {
  test("batches are full but the last, and add up to the epoch", () => {
    fc.assert(
      fc.property(cases("pairs"), (given) => {
        const { feed, batches } = wholeEpoch(given);
        const rows = batches.map((batch: Batch) => batch.rows);
        expect(rows.slice(0, -1).every((n) => n === given.batchSize)).toBe(true);
        expect(rows.reduce((a, b) => a + b, 0)).toBe(feed.rowsPerEpoch);
        expect(feed.rowsPerEpoch).toBe(given.spec.interactions.items.length * (1 + given.spec.negatives));
      }),
    );
  });

  test("pairs: each positive occurs once an epoch, with n negatives of its user", () => {
    fc.assert(
      fc.property(cases("pairs"), (given) => {
        const { user, item, label } = wholeEpoch(given);
        const seen = user.map((u, i) => `${u}:${item[i]}`);
        const partial = seen.filter((_, i) => !knowsEverything(given.spec, user[i] ?? 0) && label[i] === 1);
        const wanted = positives(given.spec).filter((pair) => !knowsEverything(given.spec, Number.parseInt(pair, 10)));
        expect(partial.sort()).toEqual(wanted.sort());
        for (const [u] of given.spec.known.offsets.subarray(1).entries()) {
          const { offsets } = given.spec.interactions;
          const own = (offsets[u + 1] ?? 0) - (offsets[u] ?? 0);
          expect(user.filter((x) => x === u)).toHaveLength(own * (1 + given.spec.negatives));
        }
      }),
    );
  });

  test("pairs: an item labelled 0 is never one its user knows", () => {
    fc.assert(
      fc.property(cases("pairs"), (given) => {
        const { user, item, label } = wholeEpoch(given);
        for (const [i, y] of label.entries()) {
          expect(contains(given.spec.known, user[i] ?? 0, item[i] ?? 0)).toBe(y === 1);
        }
      }),
    );
  });

  test("pairs: a user who knows everything gives positives only", () => {
    const everything = toCsr([[0, 1, 2], [1]]);
    const spec = { interactions: everything, known: everything, users: 2, items: 3 };
    const { user, label, item } = wholeEpoch({
      spec: { kind: "pairs", negatives: 4, distribution: { kind: "uniform" }, shuffle: "rows", ...spec },
      batchSize: 4,
      seed: 1,
      epoch: 0,
    });
    const own = user.flatMap((u, i) => (u === 0 ? [{ label: label[i], item: item[i] }] : []));
    expect(own).toHaveLength(15);
    expect(own.every((row) => row.label === 1)).toBe(true);
    expect([0, 1, 2].map((wanted) => own.filter((row) => row.item === wanted).length)).toEqual([5, 5, 5]);
  });

  test("triples: each positive occurs n times an epoch, with an unknown negative or, for want of one, itself", () => {
    fc.assert(
      fc.property(cases("triples"), (given) => {
        const { user, item, negative, label } = wholeEpoch(given);
        const seen = user.map((u, i) => `${u}:${item[i]}`).sort();
        const wanted = positives(given.spec).flatMap((pair) =>
          Array.from({ length: given.spec.negatives }, () => pair),
        );
        expect(seen).toEqual(wanted.sort());
        expect(label).toEqual([]);
        for (const [i, drawn] of negative.entries()) {
          if (knowsEverything(given.spec, user[i] ?? 0)) expect(drawn).toBe(item[i]);
          else expect(contains(given.spec.known, user[i] ?? 0, drawn)).toBe(false);
        }
      }),
    );
  });

  test("ratings: each entry occurs once with its value", () => {
    fc.assert(
      fc.property(cases("ratings"), (given) => {
        const { user, item, label } = wholeEpoch(given);
        const values = given.spec.interactions.values ?? [];
        const wanted = positives(given.spec).map((pair, p) => `${pair}=${values[p]}`);
        expect(user.map((u, i) => `${u}:${item[i]}=${label[i]}`).sort()).toEqual(wanted.sort());
      }),
    );
  });

  test("rows: each user with an entry occurs once, alone", () => {
    fc.assert(
      fc.property(cases("rows"), (given) => {
        const { feed, user, item, label } = wholeEpoch(given);
        const filled = positives(given.spec).map((pair) => Number.parseInt(pair, 10));
        expect(user.sort((a, b) => a - b)).toEqual([...new Set(filled)]);
        expect(feed.rowsPerEpoch).toBe(user.length);
        expect([item, label]).toEqual([[], []]);
      }),
    );
  });

  test.each(["pairs", "triples", "ratings"] as const)(
    "%s: a row weighs as its positive, a negative in pairs 1",
    (kind) => {
      fc.assert(
        fc.property(cases(kind), (given) => {
          const { user, item, label, batches } = wholeEpoch(given);
          const weight = batches.flatMap(({ feeds }) => [...(feeds["weight"] ?? [])]);
          const { interactions } = given.spec;
          const ratingOf = (u: number, i: number) =>
            interactions.values?.[interactions.items.indexOf(i, interactions.offsets[u])] ?? 0;
          for (const [row, u] of user.entries()) {
            const isPlain = kind === "ratings" || label[row] === 0;
            expect(weight[row]).toBe(isPlain ? 1 : ratingOf(u, item[row] ?? 0));
          }
        }),
      );
    },
  );

  test("known items beyond the training ones are avoided too", () => {
    const interactions = toCsr([[0], [1]]);
    const known = toCsr([[0, 1, 2], [1]]);
    const spec = { kind: "pairs", negatives: 20, shuffle: "none", users: 2, items: 5, interactions, known } as const;
    const { user, item, label } = wholeEpoch({
      spec: { ...spec, distribution: { kind: "uniform" } },
      batchSize: 7,
      seed: 3,
      epoch: 2,
    });
    const drawn = item.filter((_, i) => user[i] === 0 && label[i] === 0);
    expect([...new Set(drawn)].sort()).toEqual([3, 4]);
  });

  test("the only unknown item of a large catalogue is found", () => {
    const items = 5000;
    const row = Array.from({ length: items }, (_, i) => i).filter((i) => i !== 4321);
    const interactions = toCsr([[0]]);
    const spec = { interactions, known: toCsr([row]), users: 1, items, shuffle: "rows", negatives: 3 } as const;
    const { negative } = wholeEpoch({
      spec: { kind: "triples", distribution: { kind: "uniform" }, ...spec },
      batchSize: 8,
      seed: 5,
      epoch: 0,
    });
    expect(negative).toEqual([4321, 4321, 4321]);
  });

  test("luck ends after 128 draws: then item after item from the last one on", () => {
    // two unknown items far apart, so that where the walk begins tells which draw was the last
    const [items, left, epoch] = [20_000, [2_500, 12_500], 2];
    const known = toCsr([Array.from({ length: items }, (_, i) => i).filter((item) => !left.includes(item))]);
    const found = Array.from({ length: 20 }, (_, row) => {
      const draw = (attempt: number) => below(hash(3, STREAM.negative, epoch, row, 0, attempt), items);
      const lucky = Array.from({ length: 128 }, (_, attempt) => draw(attempt)).find((item) => left.includes(item));
      const next = draw(127) >= 2_500 && draw(127) < 12_500 ? 12_500 : 2_500;
      const spec = { distribution: { kind: "uniform" }, items, known } as const;
      expect(drawNegative(spec, { seed: 3, epoch, row, user: 0 }), `row ${row}`).toBe(lucky ?? next);
      return lucky;
    });
    expect(found.filter((lucky) => lucky === undefined).length).toBeGreaterThan(15);
  });

  test("without shuffling rows come in CSR order", () => {
    const interactions = toCsr([[1, 2], [], [0]]);
    const spec = { interactions, known: interactions, users: 3, items: 3, negatives: 1, shuffle: "none" } as const;
    const { user, item } = wholeEpoch({
      spec: { kind: "ratings", distribution: { kind: "uniform" }, ...spec },
      batchSize: 2,
      seed: 0,
      epoch: 0,
    });
    expect([user, item]).toEqual([
      [0, 0, 2],
      [1, 2, 0],
    ]);
  });

  test("batches repeat for one seed and epoch and differ between epochs", () => {
    const rows = Array.from({ length: 5 }, (_, u) => [u, u + 5, u + 10]);
    const interactions = toCsr(rows);
    const spec = { interactions, known: interactions, users: 5, items: 50, negatives: 2, shuffle: "rows" } as const;
    const of = (epoch: number, seed: number) =>
      wholeEpoch({ spec: { kind: "pairs", distribution: { kind: "uniform" }, ...spec }, batchSize: 8, seed, epoch })
        .item;
    expect(of(0, 1)).toEqual(of(0, 1));
    expect(of(0, 1)).not.toEqual(of(1, 1));
    expect(of(0, 1)).not.toEqual(of(0, 2));
  });

  test("an alias table draws items in proportion to their weights", () => {
    // Weights 1/2, 1/4, 1/4, 0 of four cells: cell 0 keeps all; 1 and 2 keep all; 3 always gives way to 0.
    const interactions = toCsr([[4]]);
    const distribution = {
      kind: "alias",
      thresholds: Uint32Array.of(0xffffffff, 0xffffffff, 0xffffffff, 0, 0),
      aliases: Int32Array.of(0, 1, 2, 0, 0),
    } as const;
    const spec = { interactions, known: interactions, users: 1, items: 5, negatives: 4000, shuffle: "none" } as const;
    const { negative } = wholeEpoch({
      spec: { kind: "triples", distribution, ...spec },
      batchSize: 500,
      seed: 9,
      epoch: 0,
    });
    const share = (item: number) => negative.filter((x) => x === item).length / negative.length;
    expect(share(0)).toBeGreaterThan(0.56);
    expect(share(0)).toBeLessThan(0.64);
    expect(share(3) + share(4)).toBe(0);
  });
});

describe("dislikes", () => {
  const interactions = {
    offsets: Int32Array.of(0, 2, 3),
    items: Int32Array.of(0, 1, 2),
    values: Float32Array.of(1, 2, 3),
  };
  const dislikes = { offsets: Int32Array.of(0, 1, 3), items: Int32Array.of(4, 0, 5), values: Float32Array.of(7, 8, 9) };
  const known = { offsets: Int32Array.of(0, 3, 6), items: Int32Array.of(0, 1, 4, 0, 2, 5) };
  const spec = (kind: FeedSpec["kind"]): FeedSpec => ({
    ...{ kind, negatives: 2, distribution: { kind: "uniform" }, shuffle: "rows" },
    ...{ users: 2, items: 6, interactions, known, dislikes },
  });
  const epochOf = (kind: FeedSpec["kind"]) => {
    const feed = createFeed(spec(kind), { batchSize: 100, seed: 3 });
    const { rows, feeds } = feed.batch(1, 0);
    return { rows, row: (i: number) => Object.fromEntries(Object.entries(feeds).map(([name, of]) => [name, of[i]])) };
  };

  test("pairs: each occurs once with label 0 and its own weight", () => {
    const { rows, row } = epochOf("pairs");
    expect(rows).toBe(3 * 3 + 3);
    const all = Array.from({ length: rows }, (_, i) => row(i));
    const own = all.filter(({ weight }) => (weight as number) > 3);
    expect(own.sort((a, b) => (a["weight"] as number) - (b["weight"] as number))).toEqual([
      { user: 0, item: 4, event: 3, label: 0, weight: 7 },
      { user: 1, item: 0, event: 4, label: 0, weight: 8 },
      { user: 1, item: 5, event: 5, label: 0, weight: 9 },
    ]);
  });

  test("triples: each is once the negative of an item that its user likes", () => {
    const { rows, row } = epochOf("triples");
    expect(rows).toBe(3 * 2 + 3);
    const all = Array.from({ length: rows }, (_, i) => row(i)).filter(({ weight }) => (weight as number) > 3);
    expect(all.map(({ user, negative, weight }) => [user, negative, weight].join()).sort()).toEqual([
      "0,4,7",
      "1,0,8",
      "1,5,9",
    ]);
    for (const { user, item } of all) expect(user === 0 ? [0, 1] : [2]).toContain(item);
  });

  test("every row tells which interaction it is about, a negative that of its positive", () => {
    for (const kind of ["pairs", "triples", "ratings"] as const) {
      const { rows, row } = epochOf(kind);
      const owners = [0, 0, 1, 0, 1, 1];
      const liked = (event: number) => interactions.items[event] ?? -1;
      const times = new Map<number, number>();
      for (let i = 0; i < rows; i++) {
        const { event = -1, user, item, label } = row(i);
        expect(user).toBe(owners[event]);
        if (event < 3 && (kind !== "pairs" || label === 1)) expect(item).toBe(liked(event));
        times.set(event, (times.get(event) ?? 0) + 1);
      }
      const each = { pairs: 3, triples: 2, ratings: 1 }[kind];
      const disliked = kind === "ratings" ? [] : [3, 4, 5].map((event) => [event, 1]);
      expect([...times].sort(([a], [b]) => a - b)).toEqual([...[0, 1, 2].map((event) => [event, each]), ...disliked]);
    }
  });
});
