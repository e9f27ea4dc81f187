import { expect, test } from "vitest";
import { interactionsOf, rowsOf } from "../../test/support/interactions.ts";
import type { Interactions } from "./interactions.ts";
import { mergeParts } from "./merge.ts";

/** Two parts of one log: rows before and from a number on. */
function partsOf(rows: readonly string[], from: number): [Interactions, Interactions] {
  const whole = interactionsOf(rows);
  const part = Uint8Array.from(whole.byUser.order ?? [], (place) => (place < from ? 0 : 1));
  return whole.partition(part, 2) as [Interactions, Interactions];
}

test("parts of a log together are the log, equal times included", () => {
  const rows = ["a x 1 1", "b z 2 1", "a z 3 2", "b x 4 5", "a y 5 2", "b y 6 5"];
  const merged = mergeParts(...partsOf(rows, 3));
  expect(rowsOf(merged)).toEqual(rowsOf(interactionsOf(rows)));
  const { order = [] } = merged.byUser;
  const places = Object.fromEntries([...merged].map(({ user, item }, at) => [`${user}${item}`, order[at] ?? 0]));
  expect(places["02"]).toBeGreaterThan(places["01"] ?? 0);
  expect(places["12"]).toBeGreaterThan(places["10"] ?? 0);
});

test("of a shared interaction the later is kept, of equal times the second part's", () => {
  const [first, second] = [interactionsOf(["a x 1 5", "a y 1 5"]), interactionsOf(["a x 2 5", "a y 2 4"])];
  expect(rowsOf(mergeParts(first, second))).toEqual(["a x 2 5", "a y 1 5"]);
});
