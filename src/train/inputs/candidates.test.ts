import { describe, expect, test } from "vitest";
import { denseSource, partOf } from "../../../test/support/dense-source.ts";
import { below, hash } from "../../core/random.ts";
import { means, measureUsers, rankUsers } from "../../evaluate/index.ts";
import { sampler } from "../../evaluate/sampled.ts";
import { drawCandidates, rankingMeans } from "./candidates.ts";

/** 150 users, more than are measured at a time; every third has nothing held out, the others one to three ratings. */
const ITEMS = 30;
const held = Array.from({ length: 150 }, (_, user) =>
  user % 3 === 0 ? [] : [0, 1, 2].slice(0, 1 + (user % 3)).map((i) => i * 10 + below(hash(4, user, i), 10)),
);
const task = {
  train: partOf(
    held.map(() => []),
    ITEMS,
  ),
  test: partOf(
    held,
    ITEMS,
    held.map((items) => items.map((item) => 1 + (item % 5))),
  ),
  seed: 2,
};

test("means over more users than one portion are those of all of them, graded metrics included", async () => {
  const source = denseSource(ITEMS, (user, item) => below(hash(9, user, item), 50));
  const ranked = await rankUsers(source, { ...task, protocol: "full" });
  expect(ranked.users).toHaveLength(100);
  const expected = means(measureUsers(ranked, 3));
  const found = await rankingMeans(ranked, 3);
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [label, value] of Object.entries(expected)) expect(found[label], label).toBeCloseTo(value, 12);
});

describe("sampled candidates of validation", () => {
  const targets = (user: number) => Int32Array.from(held[user] ?? []);

  test.each([5, 2 ** 20])("are those of the sampled protocol, %i a user", async (negatives) => {
    const [drawn, fresh] = [await drawCandidates(task, negatives), sampler(task, negatives)];
    for (let user = 0; user < 150; user++) {
      if (targets(user).length > 0) expect(drawn(user, targets(user))).toEqual(fresh(user, targets(user)));
    }
  });
  test("are kept from one validation to the next, unless they would be more than 2^24", async () => {
    const isKept = async (negatives: number) => {
      const draw = await drawCandidates(task, negatives);
      const first = draw(1, targets(1));
      return draw(1, targets(1)) === first;
    };
    const most = Math.floor(2 ** 24 / 100); // for 100 users
    expect([await isKept(most), await isKept(most + 1)]).toEqual([true, false]);
  });
});
