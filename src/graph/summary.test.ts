import { describe, expect, test } from "vitest";
import * as g from "./ops.ts";
import { formatBytes, formatSummary, summary } from "./summary.ts";
import type { Tensor } from "./tensor.ts";

const zeros = { kind: "zeros" } as const;
const dense = (name: string, units: number) => {
  let weights: readonly [Tensor, Tensor] | undefined;
  return (x: Tensor) =>
    g.withScope(name, () => {
      weights ??= [
        g.param(`${name}/kernel`, [x.shape.at(-1) as number, units], zeros),
        g.param(`${name}/bias`, [units], zeros),
      ];
      return g.unary("relu", g.add(g.matmul(x, weights[0]), weights[1]));
    });
};
const embedding = (name: string, rows: number, width: number) => (ids: Tensor<"i32">) =>
  g.withScope(name, () => g.gather(g.param(name, [rows, width], zeros), ids));

const user = g.input("user", "i32");
const item = g.input("item", "i32");

/** Two embeddings, concatenated, two dense layers, a constant that is not trained. */
function twoTower(): { score: Tensor } {
  const joined = g.concat(embedding("users", 1000, 4)(user), embedding("items", 500, 4)(item));
  const offset = g.withScope("offset", () => g.param("offset", [], zeros, false));
  return { score: g.add(g.squeezeLast(dense("head", 1)(dense("tower/0", 6)(joined))), offset) };
}

describe("summary", () => {
  test("has one row per layer, inputs first, with shape, parameters and connections", () => {
    expect(summary(twoTower()).layers).toEqual([
      { name: "user", kind: "Input", shape: ["batch"], parameters: 0, connectedTo: [] },
      { name: "item", kind: "Input", shape: ["batch"], parameters: 0, connectedTo: [] },
      { name: "users", kind: "Embedding", shape: ["batch", 4], parameters: 4000, connectedTo: ["user"] },
      { name: "items", kind: "Embedding", shape: ["batch", 4], parameters: 2000, connectedTo: ["item"] },
      { name: "concatenate", kind: "Concatenate", shape: ["batch", 8], parameters: 0, connectedTo: ["users", "items"] },
      { name: "tower/0", kind: "Dense · relu", shape: ["batch", 6], parameters: 54, connectedTo: ["concatenate"] },
      { name: "head", kind: "Dense · relu", shape: ["batch", 1], parameters: 7, connectedTo: ["tower/0"] },
      { name: "offset", kind: "Parameter", shape: [], parameters: 1, connectedTo: [] },
      { name: "add", kind: "Add", shape: ["batch"], parameters: 0, connectedTo: ["head", "offset"] },
    ]);
  });

  test("tells trainable from frozen parameters and counts bytes", () => {
    const { parameters, trainable, frozen, weightBytes, trainingBytes } = summary(twoTower());
    expect({ parameters, trainable, frozen }).toEqual({ parameters: 6062, trainable: 6061, frozen: 1 });
    expect(weightBytes).toBe(4 * 6062);
    expect(trainingBytes).toBe(4 * (3 * 6061 + 1));
  });

  test("as text tells of an optimizer only where there is one", () => {
    const whole = summary(twoTower());
    expect(formatSummary(whole)).toContain(
      "6,062 (6,061 trainable, 1 frozen)\nMemory: 23.7 KiB of weights, 71.0 KiB while Adam",
    );
    const solved = formatSummary(whole, { trained: false });
    expect(solved).toContain("Parameters: 6,062\nMemory: 23.7 KiB of weights\nNothing is trained");
    const data = formatSummary(summary({ score: g.input("x", "f32") }), { trained: false });
    expect(data).toContain("Parameters: 0\nNothing is trained");
    expect(data).not.toContain("Memory");
  });

  test("counts a layer that is called twice side by side once", () => {
    const users = embedding("users", 10, 4)(user);
    const table = g.withScope("items", () => g.param("items", [20, 4], zeros));
    const look = (ids: Tensor<"i32">) => g.withScope("items", () => g.gather(table, ids));
    const margin = g.sub(g.rowDot(users, look(item)), g.rowDot(users, look(g.input("negative", "i32"))));
    const { layers, parameters } = summary({ margin });
    expect(parameters).toBe(120);
    expect(layers.find(({ name }) => name === "items")?.connectedTo).toEqual(["item", "negative"]);
    expect(layers.map(({ name }) => name)).toEqual(expect.arrayContaining(["dot", "dot_1", "subtract"]));
  });

  test("gives a layer that is called on what became of its result a row per call, and its parameters to the first", () => {
    const layer = dense("again", 4);
    const x = g.affine(layer(embedding("users", 10, 4)(user)), 2);
    expect(summary({ score: layer(x) }).layers.slice(2)).toEqual([
      { name: "again", kind: "Dense · relu", shape: ["batch", 4], parameters: 20, connectedTo: ["users"] },
      { name: "scale", kind: "Scale", shape: ["batch", 4], parameters: 0, connectedTo: ["again"] },
      { name: "again_1", kind: "Dense · relu", shape: ["batch", 4], parameters: 0, connectedTo: ["scale"] },
    ]);
  });

  test("looks at each layer once, though there be 2^60 ways through the model", () => {
    const blocks = Array.from({ length: 60 }, (_, i) => dense(`block/${i}`, 4));
    const score = blocks.reduce((x, block) => g.add(x, block(x)), embedding("users", 10, 4)(user) as Tensor);
    const { layers, parameters } = summary({ score });
    expect([layers.length, parameters]).toEqual([2 + 2 * 60, 40 + 60 * 20]);
    expect(layers.at(-1)).toMatchObject({ name: "add_59", connectedTo: ["add_58", "block/59"] });
  });

  test("names operations between the layers of an outer scope after what they do", () => {
    const score = g.withScope("sum", () => {
      const [u, v] = [embedding("users", 10, 4)(user), embedding("items", 20, 4)(item)];
      return g.sumLast(dense("side", 3)(g.concat(u, v)));
    });
    expect(summary({ score }).layers.map(({ name }) => name)).toEqual([
      "user",
      "item",
      "users",
      "items",
      "concatenate",
      "side",
      "sum",
    ]);
  });

  test("sees a bias, a normalization and tables without a scope for what they are", () => {
    const bias = g.withScope("bias", () => g.squeezeLast(g.gather(g.param("bias", [10, 1], zeros), user)));
    const x = g.gather(g.param("table", [10, 4], zeros), user);
    const norm = g.withScope("norm", () =>
      g.mul(x, g.unary("rsqrt", g.affine(g.param("norm/variance", [4], zeros, false), 1, 1e-5))),
    );
    const kinds = summary({ score: g.add(g.sumLast(norm), bias) }).layers.map(({ name, kind }) => `${name}: ${kind}`);
    expect(kinds).toEqual([
      "user: Input",
      "table: Embedding",
      "norm: Batch normalization",
      "sum: Sum",
      "bias: Bias",
      "add: Add",
    ]);
  });
});

describe("formatSummary", () => {
  test("lines up a table and ends with totals", () => {
    const score = g.sumLast(embedding("users", 1000, 4)(user));
    expect(formatSummary(summary({ score }))).toBe(
      [
        "Layer (kind)       Output shape  Parameters  Connected to",
        "─────────────────────────────────────────────────────────",
        "user (Input)       [batch]                0",
        "users (Embedding)  [batch, 4]         4,000  user",
        "sum (Sum)          [batch]                0  users",
        "─────────────────────────────────────────────────────────",
        "Parameters: 4,000 (4,000 trainable, 0 frozen)",
        "Memory: 15.6 KiB of weights, 46.9 KiB while Adam trains them",
      ].join("\n"),
    );
  });

  test.for([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.0 KiB"],
    [3.5 * 2 ** 30, "3.5 GiB"],
  ] as const)("writes %s bytes as %s", ([bytes, text]) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
