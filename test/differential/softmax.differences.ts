import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/contract.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { gradients } from "../../src/graph/gradients.ts";
import * as op from "../../src/graph/ops.ts";
import { lower, type Plan } from "../../src/graph/plan.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { inBatchSoftmax, multinomialLikelihood } from "../../src/nn/losses.ts";
import { expectAllClose } from "../support/close.ts";
import { sparseMatrix } from "../support/sparse.ts";

const sums = { rtol: 2e-5, atol: 1e-6 };
const users = 40;
const zeros = { kind: "zeros" } as const;
const values = (size: number, key: number, scale = 1) =>
  Float32Array.from({ length: size }, (_, i) => scale * Math.sin(key + 7.3 * i));

/** A row of a table, a dense layer and the softmax over all items: which of its gradients are wanted is the case. */
function softmaxPlan(items: number, width: number, wanted: readonly string[]): Plan {
  const rows = op.param("users", [users, 5], zeros);
  const kernel = op.param("kernel", [5, width], zeros);
  const table = op.param("items", [items, width], zeros);
  const value = op.tableLogSumExp(op.matmul(op.gather(rows, op.input("user", "i32")), kernel), table);
  const loss = op.mean(op.mul(value, op.unary("sigmoid", value)));
  const params: Record<string, Tensor> = { users: rows, kernel, items: table };
  const found = gradients(
    loss,
    wanted.map((name) => params[name] as Tensor),
  );
  const grads = wanted.map((name) => [name, found.get(params[name] as Tensor) as Tensor] as const);
  return lower({ loss, value, ...Object.fromEntries(grads) });
}

const parameters = (items: number, width: number, scale = 1) => ({
  users: values(users * 5, 1, scale),
  kernel: values(5 * width, 2),
  items: values(items * width, 3, scale),
});
const batch = (rows: number) => ({ user: Int32Array.from({ length: rows }, (_, i) => (i * 7) % users) });

/** Two losses over the rows of a batch, each vector once as what asks and once as what is asked about. */
function batchPlan(items: number, width: number): Plan {
  const [user, item] = [op.input("user", "i32"), op.input("item", "i32")];
  const [p, q] = [op.param("users", [users, width], zeros), op.param("items", [items, width], zeros)];
  const logFrequency = op.squeezeLast(op.gather(op.param("often", [items, 1], zeros), item));
  const [a, b] = [op.gather(p, user), op.unary("tanh", op.gather(q, item))];
  const corrected = inBatchSoftmax(a, b, { user, item, logFrequency, temperature: 0.5 });
  const loss = op.add(corrected, inBatchSoftmax(b, a, { user, item }));
  const grads = gradients(loss, [p, q]);
  return lower({ loss, p: grads.get(p) as Tensor, q: grads.get(q) as Tensor });
}

/** What an engine makes of the softmax over a whole table against the definition. */
export function describeSoftmax(engine: Engine): void {
  describe(`${engine.name} engine against the definition: softmax over a table`, () => {
    test.each([
      { rows: 1, items: 1, width: 3 },
      { rows: 2, items: 256, width: 1 },
      { rows: 17, items: 257, width: 8 },
      { rows: 128, items: 30, width: 33 },
      { rows: 129, items: 515, width: 16 },
      { rows: 300, items: 100, width: 64 },
    ])("value and gradients, $rows rows and $items items, $width wide", async ({ rows, items, width }) => {
      for (const wanted of [["users", "kernel", "items"], ["users"], ["items"], ["items", "kernel"]]) {
        const given = [softmaxPlan(items, width, wanted), parameters(items, width), batch(rows)] as const;
        expectAllClose(await engine.evaluate(...given), await referenceEngine.evaluate(...given), sums);
      }
    });

    test.each([{ rows: 40 }, { rows: 200 }])(
      "a history that foretells itself by one table, $rows rows",
      async ({ rows }) => {
        const [items, width] = [150, 12];
        const history = sparseMatrix(4, users, items, 9);
        const table = op.param("items", [items, width], zeros);
        const [matrix, ids] = [op.data("history", users, items), op.input("user", "i32")];
        const bag = op.bag(table, matrix, ids, undefined, { rate: 0.4, id: 9 });
        const noise = op.mul(op.normal(["batch", width], 5), op.unary("sigmoid", bag));
        const loss = multinomialLikelihood(op.unary("tanh", op.add(bag, noise)), table, { matrix, ids });
        const plan = lower({ loss, noise, grad: gradients(loss, [table]).get(table) as Tensor });
        const given = [plan, parameters(items, width), batch(rows), 77, { history }] as const;
        expectAllClose(await engine.evaluate(...given), await referenceEngine.evaluate(...given), sums);
      },
    );

    test.each([
      { rows: 1, items: 1, width: 3 },
      { rows: 70, items: 9, width: 1 },
      { rows: 129, items: 200, width: 21 },
      { rows: 300, items: 200, width: 64 },
    ])(
      "softmax over the batch and what flows back, $rows rows, $items items, $width wide",
      async ({ rows, items, width }) => {
        const own = { users: values(users * width, 1), items: values(items * width, 3), often: values(items, 5) };
        const feeds = { ...batch(rows), item: Int32Array.from({ length: rows }, (_, i) => (i * i) % items) };
        const given = [batchPlan(items, width), own, feeds] as const;
        expectAllClose(await engine.evaluate(...given), await referenceEngine.evaluate(...given), sums);
      },
    );

    test("products of hundreds, as of models that diverge, overflow nowhere", async () => {
      const given = [softmaxPlan(300, 8, ["items"]), parameters(300, 8, 14), batch(50)] as const;
      const expected = await referenceEngine.evaluate(...given);
      expect(Math.max(...(expected["value"] ?? []))).toBeGreaterThan(300);
      expectAllClose(await engine.evaluate(...given), expected, { rtol: 2e-4, atol: 1e-5 });
    });

    test("a row of a batch has the bits that it has alone", async () => {
      const plan = softmaxPlan(515, 16, []);
      const { value: whole } = await engine.evaluate(plan, parameters(515, 16), batch(129));
      for (const row of [0, 127, 128]) {
        const alone = { user: batch(129).user.subarray(row, row + 1) };
        expect((await engine.evaluate(plan, parameters(515, 16), alone))["value"]).toEqual(
          whole?.subarray(row, row + 1),
        );
      }
    });
  });
}
