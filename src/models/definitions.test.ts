import { join } from "node:path";
import { expect, test } from "vitest";
import type { Plan } from "../graph/plan.ts";
import { summary } from "../graph/summary.ts";
import type { OpAttrs } from "../graph/tensor.ts";
import type { Catalog, Model } from "../nn/model.ts";
import { learnsByGradient, scoreGraph, scorePlan, trainingPlan } from "../nn/plans.ts";
import { models } from "./index.ts";

/**
 * What every model is where nothing is said: its defaults, what is recommended for training, where tuning looks, its parameters by the
 * names under which runs are saved, and the layers of its score. All of it is a promise: saved runs, the documentation and recorded results rest on it. Where a change is
 * meant, `npx vitest run src/models/definitions.test.ts -u` writes `test/golden/models.txt` again, and the difference is to be read.
 */
const golden = join(import.meta.dirname, "..", "..", "test", "golden", "models.txt");
const catalog: Catalog = {
  ...{ users: 5, items: 7, meanValue: 3.5, itemCounts: Float32Array.of(9, 7, 5, 4, 3, 2, 1) },
  features: { users: 3, items: 6 },
  context: { columns: 3, events: 9 },
};

/** Of a small set, a long one and a wide one. */
const sizes = [
  { users: 943, items: 1682, interactions: 100_000 },
  { users: 100_000, items: 3000, interactions: 5_000_000 },
  { users: 2000, items: 50_000, interactions: 90_000 },
];

const parametersOf = ({ instructions }: Plan) =>
  instructions.flatMap(({ op, shape, attrs }) => {
    if (op !== "param") return [];
    const { name, init, trainable, l2, optimizer } = attrs as OpAttrs["param"];
    const told = Object.entries(init).map(([key, value]) =>
      key === "kind" ? value : `${key} ${JSON.stringify(value)}`,
    );
    const own = [
      trainable ? [] : "fixed",
      l2 === undefined ? [] : `l2 ${l2}`,
      optimizer ? JSON.stringify(optimizer) : [],
    ];
    return [`${name} [${shape.join(", ")}]: ${[...told, ...own.flat()].join(", ")}`];
  });

function told(model: Model) {
  const { options, sized, ...definition } = model.definition;
  const rules = Object.entries(options as Record<string, { search?: unknown; expected: string }>);
  const plan = learnsByGradient(model) ? trainingPlan(model, catalog) : scorePlan(model, catalog);
  return {
    ...definition,
    sized: sized && [sized.rules, ...sizes.map((size) => sized.of(size))],
    options: Object.fromEntries(
      rules.map(([option, { expected, search }]) => [
        option,
        search ? `${expected}; tuned ${JSON.stringify(search)}` : expected,
      ]),
    ),
    stages: model.stages,
    parameters: parametersOf(plan),
    layers: summary(scoreGraph(model, catalog)).layers.map(({ name, kind }) => `${name}: ${kind}`),
  };
}

const linesOf = (facts: object): string[] =>
  Object.entries(facts).flatMap(([name, fact]) => {
    if (fact === undefined || typeof fact === "function") return [];
    if (Array.isArray(fact))
      return [`  ${name}:`, ...fact.map((one) => `    ${typeof one === "string" ? one : JSON.stringify(one)}`)];
    return name === "options"
      ? [`  ${name}:`, ...linesOf(fact as object).map((line) => `  ${line}`)]
      : [`  ${name}: ${JSON.stringify(fact)}`];
  });

test("models where nothing is said are what the golden file has", async () => {
  const all = models.map((factory) => [factory.definition.name, ...linesOf(told(factory()))].join("\n"));
  await expect(`${all.join("\n\n")}\n`).toMatchFileSnapshot(golden);
});
