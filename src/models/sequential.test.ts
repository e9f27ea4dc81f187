import { describe, expect, test } from "vitest";
import { ring } from "../../test/support/tiny-training.ts";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import type { Model } from "../nn/model.ts";
import { createRecommender } from "../retrieve/index.ts";
import { toArtifact, fit as train } from "../train/index.ts";
import { caser } from "./caser.ts";
import { gru4Rec } from "./gru4rec.ts";
import { markov } from "./markov.ts";

/** Everybody goes round a ring of 12 items, one further each time. */
const data = ring(24, 12, 7);

const models: Readonly<Record<string, Model>> = {
  GRU4Rec: gru4Rec({ width: 12, state: 16, layers: 1, length: 5, dropout: 0 }) as Model,
  "A Markov chain": markov() as Model,
  Caser: caser({ width: 12, window: 3, horizontal: 4, vertical: 2, length: 5, dropout: 0.1 }) as Model,
};

describe.each(Object.entries(models))("%s on a ring of items", (_, model) => {
  test("foretells the next one, of known users and of newcomers by the order of their events", async () => {
    const run = await train(model, data, { engine, progress: "none", epochs: 60, batchSize: 8, learningRate: 0.02 });
    const artifact = toArtifact(run, data, { seen: [data] });
    using recommender = createRecommender(artifact, engine);
    const best = async (who: Parameters<typeof recommender.recommend>[0]) =>
      (await recommender.recommend(who, { k: 1 })).items[0]?.item;
    expect(await best("u9")).toBe("i4");
    // The same items, in another order.
    expect(await best({ items: ["i8", "i2", "i3"] })).toBe("i4");
    expect(await best({ items: ["i2", "i3", "i8"] })).toBe("i9");
    expect(await best({ user: "u9", items: ["i4", "i5"] })).toBe("i6");
  }, 120_000);
});
