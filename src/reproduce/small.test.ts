import { expect, test } from "vitest";
import { interactionsOf } from "../../test/support/interactions.ts";
import { filledRows, rowOf } from "../core/csr.ts";
import { leaveLastOut } from "../dataset/index.ts";
import { briefly, fewOfSplit, fewUsers, once, SMALL } from "./small.ts";

const USERS = SMALL.users + 300;
const interactions = interactionsOf(
  Array.from(
    { length: USERS * 3 },
    (_, i) => `u${Math.floor(i / 3)} i${(Math.floor(i / 3) * 7 + (i % 3) * 5) % 40} 1 ${i}`,
  ),
);
const split = leaveLastOut(interactions, { validation: true });
const filled = (of: { readonly byUser: Parameters<typeof filledRows>[0] }) => [...filledRows(of.byUser)];

test("a sample of the users, the same one each time, with all that they did and their own numbers", () => {
  const few = fewUsers(interactions, { quick: true });
  expect(filled(few)).toHaveLength(SMALL.users);
  expect(filled(few)).toEqual(filled(fewUsers(interactions, { quick: true })));
  expect([few.users.size, few.items.size]).toEqual([USERS, interactions.items.size]);
  for (const user of filled(few).slice(0, 20))
    expect([...rowOf(few.byUser, user)]).toEqual([...rowOf(interactions.byUser, user)]);
  expect(fewUsers(interactions, {})).toBe(interactions);
});

test("all parts of a split keep the same users", () => {
  const few = fewOfSplit(split, { quick: true });
  const kept = filled(few.train);
  expect(kept).toHaveLength(SMALL.users);
  expect(filled(few.test)).toEqual(kept);
  expect(few.validation && filled(few.validation)).toEqual(kept);
  expect(few.test.size).toBe(SMALL.users);
  expect(fewOfSplit(split, {})).toBe(split);
});

test("one epoch, one seed; averages begin where they can; nothing is changed of a whole run", () => {
  expect(briefly({ epochs: 20, averageFrom: 9, learningRate: 0.1 }, { quick: true })).toEqual({
    ...{ epochs: SMALL.epochs, averageFrom: SMALL.epochs, learningRate: 0.1 },
  });
  expect(briefly({ learningRate: 0.1 }, { quick: true })).toEqual({ epochs: SMALL.epochs, learningRate: 0.1 });
  const settings = { epochs: 20, averageFrom: 9 };
  expect(briefly(settings, {})).toBe(settings);
  expect(once([3, 4], { quick: true })).toEqual([3]);
  expect(once([3, 4], {})).toEqual([3, 4]);
});
