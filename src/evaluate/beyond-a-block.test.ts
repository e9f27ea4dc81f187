import { expect, test } from "vitest";
import { denseSource, partOf } from "../../test/support/dense-source.ts";
import { below, hash } from "../core/random.ts";
import { evaluateLists } from "./lists.ts";
import { evaluateRating } from "./rating.ts";
import { ratingErrors } from "./rating-errors.ts";

/** Two blocks of users and a rest; every fifth user has no rating. */
const [USERS, ITEMS] = [1030, 12];
const rows = Array.from({ length: USERS }, (_, user) =>
  user % 5 === 2
    ? []
    : Array.from({ length: ITEMS }, (_, item) => item).filter((item) => below(hash(3, user, item), 4) === 0),
);
const rating = (user: number, item: number) => 1 + below(hash(5, user, item), 5);
const part = partOf(
  rows,
  ITEMS,
  rows.map((items, user) => items.map((item) => rating(user, item))),
);
const predicted = (user: number, item: number) => 1 + below(hash(6, user, item), 9) / 2;
const source = denseSource(ITEMS, predicted);

test("the lists of more users than one block are those of everybody", async () => {
  const { lists, metrics } = await evaluateLists(source, { train: part, k: 2 });
  const counts = Array.from({ length: ITEMS }, (_, item) => rows.filter((items) => items.includes(item)).length);
  let [shown, popularity] = [0, 0];
  for (const [user, known] of rows.entries()) {
    const unknown = Array.from({ length: ITEMS }, (_, item) => item).filter((item) => !known.includes(item));
    const best = unknown.sort((a, b) => predicted(user, b) - predicted(user, a) || a - b).slice(0, 2);
    shown += best.length;
    for (const item of best) popularity += counts[item] ?? 0;
  }
  expect(lists).toBe(USERS);
  expect(metrics["popularity@2"]).toBeCloseTo(popularity / shown, 10);
});

test("the rating errors of more users than one block are those of every rating, in order", async () => {
  const errors = await ratingErrors(source, { test: part });
  const expected = rows.flatMap((items, user) => items.map((item) => predicted(user, item) - rating(user, item)));
  expect([...errors]).toEqual(expected);
  const { users, metrics } = await evaluateRating(source, { test: part, seed: 1, resamples: 5 });
  expect(users).toBe(rows.filter((items) => items.length > 0).length);
  const squares = expected.reduce((sum, error) => sum + error * error, 0);
  expect(metrics["rmse"]?.value).toBeCloseTo(Math.sqrt(squares / expected.length), 10);
});
