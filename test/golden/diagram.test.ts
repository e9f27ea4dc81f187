import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { diagram, mermaid } from "../../src/graph/index.ts";
import { lightGcn, models, neuMf, vbpr } from "../../src/models/index.ts";
import { scoreGraph } from "../../src/nn/plans.ts";

// The size of MovieLens-1M: 392,601 parameters with 8 factors, as the closed form says.
const catalog = { users: 6040, items: 3706, meanValue: 0, itemCounts: new Float32Array(3706) };
const graph = scoreGraph(neuMf({ factors: 8 }), catalog);

test("docs/models/lightgcn.svg is the architecture of LightGCN", async () => {
  const file = "../../docs/models/lightgcn.svg";
  const propagation = scoreGraph(lightGcn({ layers: 2 }), catalog);
  await expect(diagram(propagation, { title: "LightGCN, two layers" })).toMatchFileSnapshot(file);
});

test("docs/models/vbpr.svg is the architecture of Visual BPR for items with vectors", async () => {
  const described = { ...catalog, features: { users: 0, items: 64 } };
  await expect(diagram(scoreGraph(vbpr(), described), { title: "Visual BPR" })).toMatchFileSnapshot(
    "../../docs/models/vbpr.svg",
  );
});

// Two are drawn above; NCF of features is drawn with the features of a data set.
const drawn = models.filter(({ definition }) => !["lightgcn", "vbpr", "ncf-features"].includes(definition.name));
test.each(drawn)("docs/models has the architecture of $definition.title", async (factory) => {
  const { name, title } = factory.definition;
  await expect(diagram(scoreGraph(factory(), catalog), { title })).toMatchFileSnapshot(`../../docs/models/${name}.svg`);
});

test.each(models)("docs/models has a page of $definition.title with its picture", ({ definition: { name } }) => {
  expect(readFileSync(join("docs/models", `${name}.md`), "utf8")).toContain(`](${name}.svg)`);
});

test("the Mermaid form has a box per layer and an arrow per connection", () => {
  const lines = mermaid(graph).split("\n");
  expect(lines.filter((line) => /^ {2}n\d+[[(]/.test(line)).length).toBe(14);
  expect(lines.filter((line) => line.includes("-->")).length).toBe(15);
});
