import { expect, test } from "vitest";
import { interactionsOf } from "../../test/support/interactions.ts";
import { knowledgeOf } from "./future.ts";
import { leaveLastOut } from "./split/leave-last-out.ts";
import { timeSplit } from "./split/time.ts";

const rows = ["a p 1 1", "a q 1 2", "a r 1 3", "b p 1 4", "b s 1 10", "b r 1 10", "c p 1 7", "c q 1 8", "c z 1 9"];

test("leave-last-out learns from what came later, a split by time does not", () => {
  const whole = interactionsOf(rows);
  // tested: a r (3), b r (10), c z (9); training: 1 2 4 10 7 8
  expect(knowledgeOf(leaveLastOut(whole))).toEqual({
    ...{ split: "leave-last-out", train: 6, test: 3, users: 3 },
    ...{ future: expect.closeTo((4 / 6 + 0 + 1 / 6) / 3, 12), sameMoment: 1, newItems: 3, newUsers: 0 },
  });
  const later = knowledgeOf(timeSplit(whole, { test: 0.3, keepNewUsers: true }));
  expect([later.future, later.sameMoment]).toEqual([0, 0]);
});

test("counts what is tested of items and users that training does not have", () => {
  const [train, held] = [interactionsOf(rows).filter(({ user }) => user !== 2), interactionsOf(rows)];
  const knowledge = knowledgeOf({ kind: "ratio", train, test: held.filter(({ user }) => user === 2) });
  expect(knowledge).toMatchObject({ users: 1, newUsers: 3, newItems: 1, test: 3 });
  const untimed = interactionsOf(["a p", "a q", "a r"]);
  expect(knowledgeOf({ kind: "none", train: untimed, test: untimed })).not.toHaveProperty("future");
});
