import { describe, expect, test } from "vitest";
import { normal } from "../../src/core/random.ts";
import type { Csr, Engine, ScoreSpec } from "../../src/engine/contract.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { gradients } from "../../src/graph/gradients.ts";
import * as ops from "../../src/graph/ops.ts";
import { lower, type Plan } from "../../src/graph/plan.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { expectAllClose, expectClose } from "../support/close.ts";
import { sequences } from "../support/sequences.ts";

const rounding = { rtol: 2e-5, atol: 2e-6 };
const [users, items] = [70, 90];
/** Rows of up to 130 events: several blocks of queries, and several shards of rows. */
const rows = sequences(1, users, items, 130);
const data = { sequence: { ...rows, values: Float32Array.from(rows.items, (_, at) => 0.5 + ((at * 13) % 8)) } };
const user = () => ops.input("user", "i32");
const everybody = Int32Array.from({ length: users + 9 }, (_, i) => (i * 29) % users);

interface Shape {
  readonly newest: number;
  readonly width: number;
  readonly heads: number;
  readonly rate: number;
}
const shapes: Readonly<Record<string, Shape>> = {
  "long rows, one head": { newest: 100, width: 24, heads: 1, rate: 0 },
  "three heads of five columns, dropout": { newest: 37, width: 15, heads: 3, rate: 0.3 },
  "rows of one entry": { newest: 1, width: 4, heads: 2, rate: 0 },
  "rows longer than a shard": { newest: 700, width: 8, heads: 1, rate: 0.5 },
};

const nameOf = (p: Tensor) => (p.attrs as { name: string }).name;

/** Every op over entries, and the gradients of what is learned. */
function planOf({ newest, width, heads, rate }: Shape): Plan {
  const [ids, matrix] = [user(), ops.data("sequence", users, items, true)];
  const of = (part: "column" | "next" | "position") => ops.unroll(matrix, ids, { newest, ahead: true, part });
  const table = ops.param("table", [items, width], { kind: "zeros" });
  const places = ops.param("places", [newest, width], { kind: "zeros" });
  const [w, b, gain] = [
    ops.param("w", [width, 3 * width], { kind: "zeros" }),
    ops.param("b", [3 * width], { kind: "zeros" }),
    ops.param("gain", [width], { kind: "zeros" }),
  ];
  const embedded = ops.add(ops.gather(table, of("column")), ops.gather(places, of("position")));
  const x = ops.dropout(embedded, rate, 3);
  const qkv = ops.add(ops.matmul(ops.mul(ops.layerNorm(x, 1e-3), gain), w), b);
  const part = (i: number) => ops.slice(qkv, i * width, width);
  const attended = ops.add(ops.attention(part(0), part(1), part(2), { heads, rate, id: 5 }), x);
  const [kernel, bias] = [
    ops.param("kernel", [width, 3 * width], { kind: "zeros" }),
    ops.param("bias", [3 * width], { kind: "zeros" }),
  ];
  const moved = ops.add(ops.shift(attended, 2), ops.shift(ops.mul(x, gain), -3));
  const states = ops.add(ops.gru(qkv, kernel, bias), moved);
  const coins = ops.bernoulli(ops.unary("sigmoid", attended), 9);
  const category = ops.categorical(ops.unary("exp", attended), 10);
  const target = ops.gather(table, of("next"));
  const [own, following] = [ops.entryValues(of("column")), ops.entryValues(of("next"))];
  const each = ops.unary("softplus", ops.sumLast(ops.mul(attended, ops.stopGradient(target))));
  const byEntry = ops.mean(ops.mul(each, ops.sub(following, ops.affine(own, 0.25))));
  const last = ops.last(attended);
  const softmax = ops.mean(ops.sub(ops.tableLogSumExp(attended, table), ops.rowDot(attended, target)));
  const byRow = ops.mean(ops.unary("square", ops.mul(last, gain)));
  const recurrent = ops.mean(ops.unary("square", ops.mul(states, ops.add(ops.add(target, category), coins))));
  const loss = ops.add(ops.add(ops.add(byEntry, softmax), byRow), recurrent);
  const learned = [w, b, gain, table, places, kernel, bias];
  const grads = [...gradients(loss, learned)].map(([p, grad]) => [`grad:${nameOf(p)}`, grad] as const);
  return lower({
    loss,
    attended,
    last,
    states,
    coins,
    category,
    back: ops.atLast(ops.unary("tanh", last)),
    columns: of("column"),
    own,
    following,
    weighted: ops.reduceTo(ops.mul(attended, ops.expandLast(following, width)), 1),
    next: of("next"),
    positions: of("position"),
    sum: ops.reduceTo(attended, 1),
    mean: ops.reduceTo(attended, 1, true),
    product: ops.matmul(attended, target, { transposeA: true }),
    flat: ops.sumLast(ops.concat(attended, target)),
    ...Object.fromEntries(grads),
  });
}

function parametersOf({ newest, width }: Shape): Record<string, Float32Array> {
  const draw = (count: number, key: number, by = 0.5) =>
    Float32Array.from({ length: count }, (_, i) => by * normal(11, key, i));
  return {
    table: draw(items * width, 1),
    places: draw(newest * width, 2),
    w: draw(3 * width * width, 3),
    kernel: draw(3 * width * width, 6),
    bias: draw(3 * width, 7),
    b: draw(3 * width, 4),
    gain: draw(width, 5).map((v) => 1 + v),
  };
}

/** Scores of a user's latest entry against all items. */
function scorePlan({ newest, width }: Shape): Plan {
  const [ids, matrix] = [user(), ops.data("sequence", users, items, true)];
  const table = ops.param("table", [items, width], { kind: "zeros" });
  const x = ops.gather(table, ops.unroll(matrix, ids, { newest, ahead: false, part: "column" }));
  return lower({ score: ops.matmul(ops.last(ops.attention(x, x, x)), table, { transposeB: true }) });
}

/** What an engine makes of rows with entries against the definition. */
export function describeEntries(engine: Engine): void {
  describe(`${engine.name} engine against the definition: entries`, () => {
    test.each(Object.entries(shapes))("%s: values and gradients", async (_, shape) => {
      const given = [planOf(shape), parametersOf(shape), { user: everybody }, 9, data] as const;
      expectAllClose(await engine.evaluate(...given), await referenceEngine.evaluate(...given), rounding);
    });

    test("values of entries are those of the matrix, and 1 where it has none", async () => {
      const shape = shapes["long rows, one head"] as Shape;
      const evaluate = (sequence: Csr) =>
        engine.evaluate(planOf(shape), parametersOf(shape), { user: everybody }, 9, { sequence });
      const given = await evaluate(data.sequence);
      const at = [...everybody].flatMap((row) => {
        const [from, to] = [rows.offsets[row] as number, (rows.offsets[row + 1] as number) - 1];
        return Array.from({ length: Math.max(0, Math.min(100, to - from)) }, (_, i) => Math.max(from, to - 100) + i);
      });
      expect(at.length).toBeGreaterThan(500);
      expect(Array.from(given["own"] as Float32Array)).toEqual(at.map((e) => data.sequence.values[e]));
      expect(Array.from(given["following"] as Float32Array)).toEqual(at.map((e) => data.sequence.values[e + 1]));
      const { own, following } = await evaluate(rows);
      for (const ones of [own, following]) expect(Array.from(ones as Float32Array)).toEqual(at.map(() => 1));
    });

    test("a batch without any entry", async () => {
      const shape = shapes["long rows, one head"] as Shape;
      const given = [planOf(shape), parametersOf(shape), { user: Int32Array.of(3, 4) }, 9, data] as const;
      expectAllClose(await engine.evaluate(...given), await referenceEngine.evaluate(...given), rounding);
    });

    test("rows of scores: pairs and lists, whatever the threads", async () => {
      const shape = shapes["long rows, one head"] as Shape;
      const spec = (threads: number): ScoreSpec => {
        const { table } = parametersOf(shape) as { table: Float32Array };
        return { plan: scorePlan(shape), parameters: { table }, data, users, items, threads };
      };
      using one = await engine.scorer(spec(1));
      using three = await engine.scorer(spec(3));
      using reference = await referenceEngine.scorer(spec(1));
      const pairs = [everybody, everybody.map((u) => (u * 31) % items)] as const;
      const scores = await one.score(...pairs);
      expectClose(scores, await reference.score(...pairs), rounding, "score");
      expect(await three.score(...pairs)).toEqual(scores);
      const request = { users: everybody, k: 9 };
      const [found, expected] = [await one.topK(request), await reference.topK(request)];
      expectClose(found.scores, expected.scores, rounding, "scores");
      expect(await three.topK(request)).toEqual(found);
    });

    test("plans and matrices that do not fit are refused", async () => {
      const shape = shapes["long rows, one head"] as Shape;
      const plan = planOf(shape);
      const evaluate = (given: Plan, matrices: typeof data) =>
        engine.evaluate(given, parametersOf(shape), { user: everybody }, 0, matrices);
      const outside = { sequence: { ...data.sequence, items: data.sequence.items.map(() => items) } };
      await expect(evaluate(plan, outside)).rejects.toThrow(expect.objectContaining({ code: "ENGINE_INPUT" }));
      const edited = (edit: (instruction: Plan["instructions"][number]) => object): Plan => ({
        ...plan,
        instructions: plan.instructions.map((x) => ({ ...x, ...edit(x) })),
      });
      const wrong = {
        "another length for some": edited((x) =>
          x.op === "unroll" && (x.attrs as { part: string }).part === "next"
            ? { attrs: { ...x.attrs, newest: 99 } }
            : {},
        ),
        "a matrix not in order": edited((x) => (x.op === "data" ? { attrs: { name: "sequence" } } : {})),
        "no length": edited((x) => (x.op === "unroll" ? { attrs: { ...x.attrs, newest: 0 } } : {})),
        "values of places": edited((x) => (x.op === "entryValues" ? { attrs: { part: "position" } } : {})),
        "values of other columns": edited((x) => (x.op === "entryValues" ? { attrs: { part: "next" } } : {})),
        "no head": edited((x) => (x.op === "attention" ? { attrs: { ...x.attrs, heads: 0 } } : {})),
      };
      for (const [what, given] of Object.entries(wrong)) {
        await expect(evaluate(given, data), what).rejects.toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^GRAPH_/) }),
        );
      }
    });
  });
}
