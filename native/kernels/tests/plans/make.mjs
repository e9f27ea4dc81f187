/** Writes the plans that the crate's tests read, from the compiled package: `node native/kernels/tests/plans/make.mjs`. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const dist = new URL("../../../../dist/", import.meta.url);
const models = await import(new URL("models/index.js", dist));
const { initialParameters, scorePlan, trainingPlan } = await import(new URL("nn/plans.js", dist));

const catalog = { users: 23, items: 37, meanValue: 3, itemCounts: new Float32Array(37).fill(1) };
const chosen = {
  neumf: models.neuMf({ factors: 4 }),
  "bpr-mf": models.bprMf({ factors: 6 }),
  "biased-mf": models.biasedMf({ factors: 5 }),
  "normalized-tower": models.ncfRegression({
    batchNormalization: true,
    hidden: [12, 7],
    activation: "gelu",
    factors: 5,
    dropout: 0.3,
  }),
  "weighted-hybrid": models.weightedHybrid({ learnAlpha: true, hidden: [6], activation: "selu", factors: 3 }),
};
const feeds = { pointwise: "pairs", pairwise: "triples", rating: "ratings" };

for (const [name, model] of Object.entries(chosen)) {
  const train = trainingPlan(model, catalog);
  const parameters = initialParameters(train, catalog, 1);
  const document = {
    users: catalog.users,
    items: catalog.items,
    feed: feeds[model.definition.task],
    train,
    score: scorePlan(model, catalog),
    sizes: Object.fromEntries(Object.entries(parameters).map(([key, values]) => [key, values.length])),
  };
  writeFileSync(fileURLToPath(new URL(`${name}.json`, import.meta.url)), `${JSON.stringify(document)}\n`);
}
