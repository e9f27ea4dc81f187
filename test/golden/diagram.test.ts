import { expect, test } from "vitest";
import { diagram, mermaid } from "../../src/graph/index.ts";
import {
  autoRec,
  cdae,
  gfCf,
  lightGcn,
  multVae,
  neuMf,
  pureSvd,
  rp3Beta,
  sasRec,
  slim,
  softmaxDnn,
  svdPlusPlus,
  twoTower,
  userKnn,
} from "../../src/models/index.ts";
import type { ModelFactory } from "../../src/nn/model.ts";
import { scoreGraph } from "../../src/nn/plans.ts";

// The size of MovieLens-1M: 392,601 parameters with 8 factors, as the closed form says.
const catalog = { users: 6040, items: 3706, meanValue: 0, itemCounts: new Float32Array(3706) };
const graph = scoreGraph(neuMf({ factors: 8 }), catalog);

test("docs/neumf.svg is the architecture of NeuMF", async () => {
  await expect(diagram(graph, { title: "Neural matrix factorization" })).toMatchFileSnapshot("../../docs/neumf.svg");
});

test("docs/models/lightgcn.svg is the architecture of LightGCN", async () => {
  const file = "../../docs/models/lightgcn.svg";
  const propagation = scoreGraph(lightGcn({ layers: 2 }), catalog);
  await expect(diagram(propagation, { title: "LightGCN, two layers" })).toMatchFileSnapshot(file);
});

const drawn = [
  softmaxDnn,
  multVae,
  rp3Beta,
  slim,
  pureSvd,
  gfCf,
  sasRec,
  twoTower,
  userKnn,
  svdPlusPlus,
  autoRec,
  cdae,
] as readonly unknown[] as readonly ModelFactory[];
test.each(drawn)("docs/models has the architecture of $definition.title", async (factory) => {
  const { name, title } = factory.definition;
  const file = `../../docs/models/${name}.svg`;
  const sizes = { users: 6040, items: 3706, meanValue: 0, itemCounts: new Float32Array(3706) };
  await expect(diagram(scoreGraph(factory(), sizes), { title })).toMatchFileSnapshot(file);
});

test("the Mermaid form has a box per layer and an arrow per connection", () => {
  const lines = mermaid(graph).split("\n");
  expect(lines.filter((line) => /^ {2}n\d+[[(]/.test(line)).length).toBe(14);
  expect(lines.filter((line) => line.includes("-->")).length).toBe(15);
});
