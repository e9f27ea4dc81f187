import type * as ort from "onnxruntime-web";
import { expect, test } from "vitest";
import type { Artifact } from "../../src/artifact/index.ts";
import { hash } from "../../src/core/random.ts";
import { referenceEngine as engine } from "../../src/engine/reference/index.ts";
import { exportHistories } from "../../src/export/index.ts";
import { dataName } from "../../src/graph/named.ts";
import { bprMf, models, sasRec } from "../../src/models/index.ts";
import type { Model } from "../../src/nn/model.ts";
import { scorePlan } from "../../src/nn/plans.ts";
import { toArtifact, fit as train } from "../../src/train/index.ts";
import { dataOf } from "../support/tiny-training.ts";
import { floats, integerTensor, OnnxModel, worstError } from "./onnx.ts";

const [USERS, ITEMS] = [12, 18];
/** From no event to eleven, rated 1 to 5. */
const rows = Array.from({ length: USERS }, (_, user) =>
  Array.from({ length: ITEMS }, (_, item) => item)
    .sort((a, b) => hash(7, user, a) - hash(7, user, b))
    .slice(0, user),
);
const data = dataOf(
  rows,
  ITEMS,
  rows.flatMap((row, user) => row.map((_, at) => 1 + (hash(8, user, at) % 5))),
);
const options = { engine, progress: "none", epochs: 2, batchSize: 16, learningRate: 0.05, l2: 0, seed: 1 } as const;
const artifactOf = async (model: Model) => toArtifact(await train(model, data, options), data, { seen: [data] });

/** What each user did as the score reads it: in order of time where that matters. */
const pastsOf = ({ history, matrices }: Artifact): number[][] => {
  const { offsets, items } = matrices?.["sequence"] ?? history;
  return Array.from({ length: USERS }, (_, user) => [...items.subarray(offsets[user], offsets[user + 1])]);
};

/** `extra`: columns of filling more than needed. */
function padded(rows: readonly (readonly number[])[], extra: number): ort.Tensor {
  const width = Math.max(...rows.map(({ length }) => length)) + extra;
  const filled = rows.flatMap((row) => Array.from({ length: width }, (_, i) => row[i] ?? -1));
  return integerTensor(filled, [rows.length, width]);
}

const everybody = Array.from({ length: USERS }, (_, i) => i);
const everything = Array.from({ length: ITEMS }, (_, i) => i);
const pairs = everybody.flatMap((user) => everything.map((item) => [user, item] as const));

async function expectedOf(artifact: Artifact): Promise<Float32Array> {
  const { offsets, items } = artifact.history; // every event counts as one
  using scorer = await engine.scorer({
    ...{ plan: artifact.plans.score, parameters: artifact.parameters, users: USERS, items: ITEMS, threads: 1 },
    data: { history: { offsets, items }, ...artifact.matrices },
  });
  return scorer.score(
    Int32Array.from(pairs, ([user]) => user),
    Int32Array.from(pairs, ([, item]) => item),
  );
}

/** Scores of all pairs by the file, of which each user's history is told. */
async function tell(file: Uint8Array, pasts: readonly (readonly number[])[], extra: number): Promise<Float32Array> {
  const model = await OnnxModel.load(file);
  const isOfPairs = model.inputNames.includes("item");
  const rows = isOfPairs ? pairs.map(([user]) => user) : everybody;
  const all: Record<string, ort.Tensor> = {
    history: padded(
      rows.map((user) => pasts[user] as number[]),
      extra,
    ),
    user: integerTensor(rows, [rows.length]),
    item: integerTensor(
      pairs.map(([, item]) => item),
      [pairs.length],
    ),
  };
  const outputs = await model.feed(Object.fromEntries(model.inputNames.map((name) => [name, all[name] as ort.Tensor])));
  return floats(outputs[isOfPairs ? "score" : "scores"]);
}

/** Narrow, so that training takes no time. */
const narrow: Readonly<Record<string, object>> = {
  sasrec: { width: 8, heads: 2 },
  gru4rec: { width: 6 },
  caser: { width: 6 },
  "wide-deep": { buckets: 64 },
  "mult-vae": { latent: 4, hidden: [6] },
  "pure-svd": { factors: 4 },
  bspm: { factors: 3 },
  "gf-cf": { factors: 3 },
};

/** Attention from the item in question, crosses, or other people: refused, with what to do instead. */
const refused = ["nais", "content-attention", "wide-deep", "user-knn"];

/** Whether a score reads what people did. */
const looksBack = (model: Model): boolean =>
  scorePlan(model, data.catalog()).instructions.some((one) => ["history", "sequence"].includes(dataName(one) ?? ""));

const looking = models
  .map((factory) => factory((narrow[factory.definition.name] ?? {}) as never) as Model)
  .filter(looksBack);
const tellable = looking.filter(({ definition }) => !refused.includes(definition.name));

test("most models that look at histories are told them", () => {
  expect(tellable.length).toBeGreaterThan(19);
});

test.each(tellable)("ONNX Runtime repeats the scores of $definition.name, told what people did", async (model) => {
  const artifact = await artifactOf(model);
  const [file, expected] = [exportHistories(artifact), await expectedOf(artifact)];
  for (const extra of [0, 3])
    expect(worstError(await tell(file, pastsOf(artifact), extra), expected)).toBeLessThan(1e-4);
});

test("of more events than a model looks at the latest count", async () => {
  const artifact = await artifactOf(sasRec({ width: 8, length: 3 }) as Model);
  expect(
    worstError(await tell(exportHistories(artifact), pastsOf(artifact), 2), await expectedOf(artifact)),
  ).toBeLessThan(1e-4);
});

test.each(looking.filter(({ definition }) => refused.includes(definition.name)))(
  "$definition.name is refused, with what to do instead",
  async (model) => {
    const artifact = await artifactOf(model);
    const message = expect.stringMatching(/cannot be exported|features of users|does not look at what a user did/);
    expect(() => exportHistories(artifact)).toThrow(expect.objectContaining({ code: "ARTIFACT_EXPORT", message }));
  },
);

test("a score that looks at ids alone has no histories to be told", async () => {
  const artifact = await artifactOf(bprMf({ factors: 4 }) as Model);
  expect(() => exportHistories(artifact)).toThrow(
    expect.objectContaining({ code: "ARTIFACT_EXPORT", fix: expect.stringContaining("exportOnnx") }),
  );
});
