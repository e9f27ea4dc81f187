import fc from "fast-check";
import { expect, test } from "vitest";
import { rowOf } from "../core/csr.ts";
import { CLOCK, clockCell, Encoder, type FeatureColumn, type FittedContext, fitFeatures } from "../features/index.ts";
import { contextOf, endOf, heldOutContext, lastTimes, momentRow } from "./moments.ts";
import type { TimedCsr } from "./timed.ts";

const DAY = 86400;
/** Up to 5 users who did up to 6 things each, at known and unknown times, with and without a device. */
const matrices = fc
  .array(
    fc.uniqueArray(
      fc.record({
        item: fc.nat(9),
        time: fc.oneof(fc.integer({ min: 0, max: 400 * DAY }), fc.constantFrom(7 * DAY, Number.NaN)),
        device: fc.constantFrom("phone", "tv", null),
      }),
      { maxLength: 6, selector: ({ item }) => item },
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((users) => users.map((events) => events.sort((a, b) => a.item - b.item)));
type Users = typeof matrices extends fc.Arbitrary<infer T> ? T : never;

function matrixOf(users: Users) {
  const flat = users.flat();
  const byUser: TimedCsr = {
    offsets: Int32Array.from([0, ...users.map((_, i) => users.slice(0, i + 1).flat().length)]),
    items: Int32Array.from(flat, ({ item }) => item),
    times: Float64Array.from(flat, ({ time }) => time),
    context: Int32Array.from(flat.keys()),
  };
  const device: FeatureColumn = {
    ...{ name: "device", kind: "categorical" as const, why: "" },
    values: flat.map((event) => event.device),
  };
  return { byUser, device };
}
const names = ["device", ...CLOCK];
const fittedOf = (known: readonly FeatureColumn[], rows: number, end: number | undefined): FittedContext => ({
  ...fitFeatures(known, Array(rows).keys()),
  told: ["device"],
  ...(end !== undefined && { end }),
});

test("an event alone, at any later time, is the row that it was in training, whatever the kind", () => {
  fc.assert(
    fc.property(matrices, (users) => {
      const { byUser, device } = matrixOf([...users, ...users]); // so that no category is of a single row
      const end = endOf(byUser);
      const ageOf = (time: number) => ((end ?? Number.NaN) - time) / DAY;
      const known = contextOf(names, [device], byUser, { before: byUser, ageOf });
      fc.pre(device.values.some((value) => value !== null));
      const fitted = JSON.parse(JSON.stringify(fittedOf(known, device.values.length, end))) as FittedContext;
      const all = new Encoder(fitted).rows(known, device.values.length);
      for (let user = 0; user < users.length; user++) {
        const own = users[user] as Users[number];
        for (const [i, { item, time, device: on }] of own.entries()) {
          const others = own.filter((other) => other.item !== item && other.time <= time).map((other) => other.time);
          const last = others.length > 0 ? Math.max(...others) : Number.NaN;
          const row = { ...momentRow(fitted, { time, last, age: ageOf(time) }), device: on };
          const alone = new Encoder(fitted).given([row]);
          const at = (byUser.offsets[user] as number) + i;
          expect(alone.items).toEqual(rowOf(all, at));
          expect(alone.values).toEqual(all.values?.slice(all.offsets[at], all.offsets[at + 1]));
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("of what is held out, the first event of each user counts, after all that was done before, at the age 0", () => {
  const { byUser, device } = matrixOf([
    [
      { item: 0, time: DAY, device: "tv" },
      { item: 1, time: 2 * DAY, device: "tv" },
    ],
    [
      { item: 0, time: 3 * DAY, device: "phone" },
      { item: 2, time: 4 * DAY, device: "phone" },
    ],
  ]);
  const known = contextOf(names, [device], byUser, { before: byUser, ageOf: (time) => (4 * DAY - time) / DAY });
  const fitted = fittedOf(known, 4, endOf(byUser));
  const held = matrixOf([
    [
      { item: 3, time: 9 * DAY, device: "tv" },
      { item: 4, time: 5 * DAY + 3600, device: "phone" },
    ],
    [],
  ]);
  const rows = heldOutContext(fitted, [held.device], held.byUser, byUser);
  const time = 5 * DAY + 3600;
  const asked = { ...momentRow(fitted, { time, last: 2 * DAY, age: 0 }), device: "phone" };
  const nothing = momentRow(fitted, { time: Number.NaN, last: Number.NaN, age: 0 });
  expect(rows).toEqual(new Encoder(fitted).given([asked, nothing]));
  expect([...lastTimes(byUser)]).toEqual([2 * DAY, 4 * DAY]);
  expect([...lastTimes(held.byUser)]).toEqual([9 * DAY, Number.NaN]);
});

test("the clock is that of UTC", () => {
  const moment = { time: Date.UTC(2024, 1, 29, 20, 30) / 1000, last: Date.UTC(2024, 1, 29, 8) / 1000, age: -2 };
  expect(Object.fromEntries(CLOCK.map((name) => [name, clockCell(name, moment)]))).toEqual({
    ...{ hour: "20", weekday: "thursday", month: "2", "since-last": 12.5, age: -2 },
  });
});
