import { describe, expect, test } from "vitest";
import { dataOf } from "../../test/support/tiny-training.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { ials } from "../models/ials.ts";
import { modelNamed } from "../models/index.ts";
import { createRecommender } from "../retrieve/index.ts";
import { toArtifact } from "./artifact.ts";
import { fit as fitModel } from "./fit.ts";

const rows = Array.from({ length: 8 }, (_, user) => [0, 1, 2, 3].map((i) => 2 * i + (user % 2)));
const data = (value: (item: number) => number) =>
  dataOf(
    rows,
    10,
    rows.flatMap((row) => row.map(value)),
  );
const quick = { engine: referenceEngine, progress: "none", epochs: 1, seed: 1 } as const;
const learned = async (name: string, value: (item: number) => number, weights: "none" | "values") =>
  (await fitModel(modelNamed(name)(), data(value), { ...quick, weights })).parameters;

const ordered = ["sasrec", "gru4rec", "caser", "markov", "prod2vec"];

describe("weights of interactions", () => {
  test.each(["softmax-dnn", "mult-vae", "two-tower", "bpr-mf", "gmf", "ials", ...ordered])(
    "%s: values of 1 weigh as none do, others do not, and without weights they do not count",
    async (name) => {
      const plain = await learned(name, () => 1, "none");
      expect(await learned(name, () => 1, "values")).toEqual(plain);
      expect(await learned(name, (item) => 1 + item, "none")).toEqual(plain);
      expect(await learned(name, (item) => 1 + item, "values")).not.toEqual(plain);
    },
  );

  test.each(["rbm", "ease", "item-knn", "biased-mf"])("%s knows none, and says so", async (name) => {
    await expect(learned(name, (item) => 1 + item, "values")).rejects.toMatchObject({ code: "CONFIG_VALUE" });
  });

  test.each(["softmax-dnn", "two-tower", "ials"])("%s: a weight that is not above 0 is refused", async (name) => {
    await expect(learned(name, (item) => item, "values")).rejects.toMatchObject({ code: "TRAIN_DATA" });
  });

  test("a newcomer's row is solved for with weights where the run has them", async () => {
    const train = data((item) => 1 + item);
    const scoresOf = async (weights: "none" | "values", rating: number) => {
      const run = await fitModel(ials({ factors: 4 }), train, { ...quick, weights });
      using recommender = createRecommender(toArtifact(run, train), referenceEngine);
      const { items } = await recommender.recommend({ items: ["i0", "i2"], ratings: { i0: rating, i2: 1 } }, { k: 3 });
      return items.map(({ score }) => score);
    };
    expect(await scoresOf("values", 9)).not.toEqual(await scoresOf("values", 1));
    expect(await scoresOf("none", 9)).toEqual(await scoresOf("none", 1));
  });
});
