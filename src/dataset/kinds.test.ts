import { expect, test } from "vitest";
import { type EventRows, eventRows } from "./event-rows.ts";
import { MOST_KINDS, pairsByKind } from "./kinds.ts";

/** Two people: the first views items 3 and 1, and buys 1 twice; the second views item 2, and does something without a kind with 0. */
const recorded: EventRows = eventRows(
  {
    offsets: Int32Array.of(0, 4, 6),
    items: Int32Array.of(3, 1, 1, 1, 2, 0),
    times: Float64Array.of(1, 2, 3, 4, 1, 2),
    types: Int32Array.of(0, 0, 1, 1, 0, -1),
  },
  ["view", "purchase", "refund"],
);
const pairs = { offsets: Int32Array.of(0, 2, 4), items: Int32Array.of(1, 3, 0, 2) };

test("each pair stands once under each kind of event that it has; kinds without any are left out", () => {
  expect(pairsByKind([{ byUser: pairs, recorded }])).toEqual({
    view: { offsets: Int32Array.of(0, 2, 3), items: Int32Array.of(1, 3, 2) },
    purchase: { offsets: Int32Array.of(0, 1, 1), items: Int32Array.of(1) },
  });
});

test("only events of the parts' own pairs count, and those of several parts come together", () => {
  const part = (items: readonly number[]) => ({
    byUser: { offsets: Int32Array.of(0, items.length, items.length), items: Int32Array.from(items) },
    recorded,
  });
  expect(Object.keys(pairsByKind([part([3])]) ?? {})).toEqual(["view"]);
  expect(pairsByKind([part([3]), part([1])])).toEqual({
    view: { offsets: Int32Array.of(0, 2, 2), items: Int32Array.of(1, 3) },
    purchase: { offsets: Int32Array.of(0, 1, 1), items: Int32Array.of(1) },
  });
});

test("nothing is known of events without kinds, nor of more kinds than are told apart", () => {
  expect(pairsByKind([{ byUser: pairs }])).toBeUndefined();
  const { types: _, ...plain } = recorded;
  expect(pairsByKind([{ byUser: pairs, recorded: plain }])).toBeUndefined();
  const kinds = Array.from({ length: MOST_KINDS + 1 }, (_, kind) => `kind ${kind}`);
  expect(pairsByKind([{ byUser: pairs, recorded: { ...recorded, kinds } }])).toBeUndefined();
});
