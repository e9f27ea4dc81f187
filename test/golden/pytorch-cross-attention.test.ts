/** Attention of a query per user to what they did, against PyTorch (test/golden/pytorch/make.py). */
import { test } from "vitest";
import { gradients } from "../../src/graph/gradients.ts";
import * as g from "../../src/graph/ops.ts";
import { lower } from "../../src/graph/plan.ts";
import type { Attending, Tensor } from "../../src/graph/tensor.ts";
import { describeEngines, expectClose, floats, type Named, type Numbers, read } from "./pytorch.ts";

interface CrossFile {
  readonly sizes: Readonly<Record<"users" | "items" | "width" | "wide", number>>;
  readonly itemsOf: readonly Numbers[];
  readonly parameters: Named;
  readonly found: Readonly<Record<string, { readonly out: Numbers; readonly gradients: Named }>>;
}

const file = read<CrossFile>("cross-attention");
const { users, items, width, wide } = file.sizes;
const history = {
  columns: items,
  offsets: Int32Array.from([0, ...file.itemsOf.map((_, i) => file.itemsOf.slice(0, i + 1).flat().length)]),
  items: Int32Array.from(file.itemsOf.flat()),
  values: Float32Array.from(file.itemsOf.flatMap((row) => row.map((_, place) => 0.5 + place))),
};
const param = (name: string, shape: readonly number[]) => g.param(name, shape, { kind: "zeros" });
const [query, keys] = [param("query", [users, width]), param("keys", [items, width])];
const [values, target] = [param("values", [items, wide]), param("target", [users, wide])];
const [user, item] = [g.input("user", "i32"), g.input("item", "i32")];
const cases: Readonly<Record<string, Attending>> = {
  plain: {},
  smoothed: { smoothing: 0.5 },
  units: { smoothing: 0.5, units: true },
};

describeEngines((engine, tolerance) => {
  test.each(Object.entries(cases))("cross-attention, %s, and all gradients", async (name, attending) => {
    const found = file.found[name];
    if (!found) throw new Error(`nothing recorded of ${name}`);
    const looked = g.crossAttention(
      g.gather(query, user),
      keys,
      values,
      g.data("history", users, items),
      user,
      item,
      attending,
    );
    const loss = g.reduceTo(g.mul(looked, g.gather(target, user)), 0);
    const slopes = gradients(loss, [query, keys, values]);
    const of = (p: Tensor) => g.toDense(slopes.get(p) as Tensor);
    const plan = lower({
      looked,
      query: of(query),
      keys: slopes.get(keys) as Tensor,
      values: slopes.get(values) as Tensor,
    });
    const feeds = {
      user: Int32Array.from({ length: users }, (_, i) => i),
      // The first item of each is the one that is foretold.
      item: Int32Array.from(file.itemsOf, ([first = 0]) => first),
    };
    const outputs = await engine.evaluate(plan, floats(file.parameters), feeds, 0, { history });
    expectClose(outputs["looked"], found.out, tolerance * 5, "out");
    for (const [part, wanted] of Object.entries(found.gradients))
      expectClose(outputs[part], wanted, tolerance * 10, `gradient of ${part}`);
  });
});
