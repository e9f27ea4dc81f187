import { describe, expect, test } from "vitest";
import { normal } from "../core/random.ts";
import { dense, run } from "../engine/reference/evaluate.ts";
import { gradients } from "./gradients.ts";
import * as ops from "./ops.ts";
import { format, lower } from "./plan.ts";
import type { Tensor } from "./tensor.ts";
import { verify } from "./verify.ts";

/** Five users: four events, one, none, six (one item twice), two. */
const histories = [[3, 1, 0, 2], [4], [], [0, 1, 0, 2, 4, 3], [2, 3]];
const sequence = {
  offsets: Int32Array.from([0, 4, 5, 5, 11, 13]),
  items: Int32Array.from(histories.flat()),
};
const user = ops.input("user", "i32");
const matrix = ops.data("sequence", 5, 5, true);
const of = (part: "column" | "next" | "position", newest = 4, ahead = false) =>
  ops.unroll(matrix, user, { newest, ahead, part });
const feeds = { user: Int32Array.from([3, 2, 0, 1]) };
const evaluate = (outputs: Record<string, Tensor>, parameters = {}, moment = { seed: 1, epoch: 0, step: 0 }) =>
  run(lower(outputs), 4, parameters, feeds, moment, { sequence });

describe("entries of rows", () => {
  test("are the newest ones, oldest first, row after row", () => {
    const { column, position } = evaluate({ column: of("column"), position: of("position") });
    expect([...(column as Int32Array)]).toEqual([0, 2, 4, 3, 3, 1, 0, 2, 4]);
    expect([...(position as Int32Array)]).toEqual([3, 2, 1, 0, 3, 2, 1, 0, 0]);
  });

  test("ahead of the next one, the last event is a target alone", () => {
    const { column, next } = evaluate({ column: of("column", 3, true), next: of("next", 3, true) });
    expect([...(column as Int32Array)]).toEqual([0, 2, 4, 3, 1, 0]);
    expect([...(next as Int32Array)]).toEqual([2, 4, 3, 1, 0, 2]);
  });

  test("have the values of their matrix, or of the event after each, and 1 where it has none", () => {
    const outputs = lower({
      own: ops.entryValues(of("column", 3, true)),
      following: ops.entryValues(of("next", 3, true)),
    });
    verify(outputs);
    const values = Float32Array.from({ length: 13 }, (_, at) => 100 + at);
    const weighed = run(outputs, 4, {}, feeds, { seed: 1, epoch: 0, step: 0 }, { sequence: { ...sequence, values } });
    // Users 3, 2, 0, 1 have the events 5-10, none, 0-3 and 4; the last of each is no entry.
    expect([...(weighed["own"] as Float64Array)]).toEqual([107, 108, 109, 100, 101, 102]);
    expect([...(weighed["following"] as Float64Array)]).toEqual([108, 109, 110, 101, 102, 103]);
    const plain = run(outputs, 4, {}, feeds, { seed: 1, epoch: 0, step: 0 }, { sequence });
    expect([...(plain["own"] as Float64Array)]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  test("the last one of a row without entries is zero", () => {
    const table = ops.param("table", [5, 1], { kind: "zeros" });
    const { out } = evaluate({ out: ops.last(ops.gather(table, of("column"))) }, { table: [1, 2, 3, 4, 5] });
    expect([...(out as Float64Array)]).toEqual([4, 0, 3, 5]);
  });
});

const table = ops.param("table", [5, 4], { kind: "zeros" });
const places = ops.param("places", [4, 4], { kind: "zeros" });
const w = ops.param("w", [4, 4], { kind: "zeros" });
const kernel = ops.param("kernel", [4, 12], { kind: "zeros" });
const bias = ops.param("bias", [12], { kind: "zeros" });
const x = ops.add(ops.gather(table, of("column")), ops.gather(places, of("position")));
const y = ops.matmul(x, w);
const cases: Readonly<Record<string, Tensor>> = {
  gather: ops.mul(x, y),
  "values of entries": ops.mul(y, ops.expandLast(ops.entryValues(of("column")), 4)),
  last: ops.mul(ops.last(x), ops.last(y)),
  "atLast of last": ops.mul(ops.atLast(ops.last(x)), y),
  "shift, from before": ops.mul(ops.shift(x, 2), y),
  "shift, from after": ops.mul(ops.shift(x, -1), y),
  gru: ops.mul(ops.gru(ops.concat(x, y, ops.mul(x, y)), kernel, bias), y),
  layerNorm: ops.mul(ops.layerNorm(x, 1e-3), y),
  "attention, one head": ops.mul(ops.attention(x, y, ops.unary("tanh", x)), y),
  "attention, two heads, dropout": ops.attention(y, x, ops.mul(x, y), { heads: 2, rate: 0.4, id: 7 }),
  dropout: ops.mul(ops.dropout(x, 0.5, 8), y),
};

describe("gradients over entries", () => {
  test.each(Object.entries(cases))("of %s equal finite differences", (_, root) => {
    const loss = ops.mean(ops.unary("square", root));
    const names = { table, places, w, kernel, bias };
    const used = Object.values(names).filter((p) =>
      format(lower({ loss })).includes(`"name":"${(p.attrs as { name: string }).name}"`),
    );
    const plan = lower({ loss, ...Object.fromEntries([...gradients(loss, used)].map(([p, g]) => [nameOf(p), g])) });
    verify(plan);
    const draw = (n: number, key: number) => Float64Array.from({ length: n }, (_, i) => normal(3, key, i));
    const recurrence = { kernel: draw(48, 4), bias: draw(12, 5) };
    const parameters = { table: draw(20, 1), places: draw(16, 2), w: draw(16, 3), ...recurrence };
    const at = { seed: 5, epoch: 1, step: 2 };
    const run1 = (given: typeof parameters) => run(plan, 4, given, feeds, at, { sequence });
    const result = run1(parameters);
    for (const p of used) {
      const name = nameOf(p) as keyof typeof parameters;
      const slopes = dense(result[name] as Float64Array);
      for (let i = 0; i < parameters[name].length; i++) {
        const moved = (by: number) => {
          const values = parameters[name].slice();
          values[i] = (values[i] as number) + by;
          return (run1({ ...parameters, [name]: values })["loss"] as Float64Array)[0] as number;
        };
        expect(slopes[i], `${name}[${i}]`).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 6);
      }
    }
  });
});

const nameOf = (p: Tensor) => (p.attrs as { name: string }).name;

describe("plans of entries", () => {
  test("shifted ones come from before or after, in their own row alone", () => {
    const numbers = ops.param("numbers", [5, 1], { kind: "zeros" });
    const column = ops.gather(numbers, of("column"));
    const moved = evaluate(
      { before: ops.shift(column, 1), after: ops.shift(column, -3), far: ops.shift(column, 9) },
      { numbers: [10, 11, 12, 13, 14] },
    );
    // Rows: items 0 2 4 3; none; 3 1 0 2; 4.
    expect([...(moved["before"] as Float64Array)]).toEqual([0, 10, 12, 14, 0, 13, 11, 10, 0]);
    expect([...(moved["after"] as Float64Array)]).toEqual([13, 0, 0, 0, 12, 0, 0, 0, 0]);
    expect([...(moved["far"] as Float64Array)]).toEqual(new Array(9).fill(0));
  });

  test("coins fall on 1 as often as they should, the same way whatever the other rows", () => {
    const chance = ops.affine(ops.gather(table, of("column")), 0, 0.25);
    const tossed = (who: number[], epoch: number) => {
      const outputs = lower({ coins: ops.bernoulli(chance, 3) });
      const given = { user: Int32Array.from(who) };
      const moment = { seed: 1, epoch, step: 0 };
      return [
        ...(run(outputs, who.length, { table: new Float64Array(20) }, given, moment, { sequence })[
          "coins"
        ] as Float64Array),
      ];
    };
    const all = Array.from({ length: 200 }, (_, epoch) => tossed([0, 3], epoch)).flat();
    expect(new Set(all)).toEqual(new Set([0, 1]));
    expect(all.reduce((a, b) => a + b) / all.length).toBeCloseTo(0.25, 1);
    expect(tossed([0, 4], 7).slice(0, 16)).toEqual(tossed([0, 3], 7).slice(0, 16));
  });

  test("places are drawn as often as their weights say, one a row, and none where all weights are 0", () => {
    const weights = ops.param("weights", [3, 4], { kind: "zeros" });
    const drawn = ops.categorical(ops.gather(weights, ops.input("user", "i32")), 3);
    const given = { user: Int32Array.from({ length: 20_000 }, (_, row) => row % 3) };
    const values = { weights: Float64Array.of(0, 1, 0, 3, 0, 0, 0, 0, 2, 2, 2, 2) };
    const out = run(lower({ drawn }), 20_000, values, given, { seed: 1, epoch: 2, step: 3 }, { sequence })[
      "drawn"
    ] as Float64Array;
    const shares = Array.from({ length: 12 }, (_, cell) => {
      const rows = Array.from(given.user.keys()).filter((row) => row % 3 === Math.floor(cell / 4));
      return rows.reduce((sum, row) => sum + (out[row * 4 + (cell % 4)] as number), 0) / rows.length;
    });
    for (const [cell, share] of [0, 0.25, 0, 0.75, 0, 0, 0, 0, 0.25, 0.25, 0.25, 0.25].entries()) {
      const spread = Math.sqrt((share * (1 - share)) / 6666);
      expect(Math.abs((shares[cell] as number) - share)).toBeLessThanOrEqual(4 * spread);
    }
    for (let row = 0; row < 20_000; row++) {
      const ones = out.subarray(row * 4, row * 4 + 4);
      expect(ones.reduce((a, b) => a + b)).toBe(row % 3 === 1 ? 0 : 1);
    }
  });

  test("attention looks at itself and what came before, in its own row alone", () => {
    const y = ops.attention(x, x, x);
    const draw = (n: number, key: number) => Float64Array.from({ length: n }, (_, i) => normal(3, key, i));
    const values = { table: draw(20, 1), places: draw(16, 2) };
    const all = evaluate({ y }, values)["y"] as Float64Array;
    // Item 4 is seen by user 3's last two entries and by user 1's only one.
    const moved = { ...values, table: values.table.map((v, i) => (i >= 16 ? v + 1 : v)) };
    const after = evaluate({ y }, moved)["y"] as Float64Array;
    const changed = Array.from({ length: 9 }, (_, e) =>
      all.slice(4 * e, 4 * e + 4).some((v, c) => v !== after[4 * e + c]),
    );
    expect(changed).toEqual([false, false, true, true, false, false, false, false, true]);
  });

  test.each([
    ["of two kinds", () => ({ a: of("column", 4), b: of("column", 3) })],
    [
      "a table too small for positions",
      () => ({ a: ops.gather(ops.param("p", [3, 1], { kind: "zeros" }), of("position")) }),
    ],
    ["a table too small for items", () => ({ a: ops.gather(ops.param("p", [4, 1], { kind: "zeros" }), of("column")) })],
    ["next ones where the last has none", () => ({ a: of("next") })],
    ["values of places", () => ({ a: ops.entryValues(of("position")) })],
    ["entries beside rows", () => ({ a: ops.add(x, ops.last(x)) })],
    ["a state that is no third of the gates", () => ({ g: ops.gru(x, kernel, bias) })],
    ["a shift of rows of the batch", () => ({ s: ops.shift(ops.last(x), 1) })],
    ["heads that do not share out the width", () => ({ a: ops.attention(x, x, x, { heads: 3, rate: 0, id: 0 }) })],
    [
      "a matrix that is not in order",
      () => ({ a: ops.unroll(ops.data("h", 5, 5), user, { newest: 2, ahead: false, part: "column" }) }),
    ],
    ["a bag over a matrix in order", () => ({ a: ops.bag(table, matrix, user) })],
  ])("are refused: %s", (_, make) => {
    expect(() => verify(lower(make()))).toThrow(expect.objectContaining({ code: expect.stringMatching(/^GRAPH_/) }));
  });

  test("entries that nothing unrolls are refused", () => {
    const { instructions } = lower({ a: ops.broadcastTo(ops.param("p", [2], { kind: "zeros" }), ["entries", 2]) });
    expect(() => verify({ version: 1, instructions, outputs: { a: 1 } })).toThrow(/unroll/);
  });
});
