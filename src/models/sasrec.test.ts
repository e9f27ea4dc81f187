import { beforeAll, describe, expect, test } from "vitest";
import { ring } from "../../test/support/tiny-training.ts";
import type { Artifact } from "../artifact/types.ts";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import { createRecommender, forgetUser } from "../retrieve/index.ts";
import { type Run, toArtifact, fit as train } from "../train/index.ts";
import { sasRec } from "./sasrec.ts";

const ITEMS = 12;
/** Everybody goes round a ring of items, one further each time. */
const data = ring(24, ITEMS, 7);
const small = sasRec({ width: 12, blocks: 1, length: 5, dropout: 0.1 });

describe("SASRec on a ring of items", () => {
  let run: Run;
  let artifact: Artifact;
  beforeAll(async () => {
    run = await train(small, data, { engine, progress: "none", epochs: 80, batchSize: 8, learningRate: 0.02, l2: 0 });
    artifact = toArtifact(run, data, { seen: [data] });
  }, 60_000);
  const best = async (who: Parameters<ReturnType<typeof createRecommender>["recommend"]>[0], from = artifact) => {
    using recommender = createRecommender(from, engine);
    const { items, method } = await recommender.recommend(who, { k: 1 });
    return [items[0]?.item, method];
  };

  test("reads what each user did in order of time", () => {
    const { offsets, items } = run.matrices["sequence"] ?? { offsets: [], items: [] };
    // User 9 began at item 9 of 12 and did 7 events.
    expect([...items.slice(offsets[9], offsets[10])]).toEqual([9, 10, 11, 0, 1, 2, 3]);
  });
  test("foretells the next one: of a user, of a newcomer by the order of their events, of fresh events on top", async () => {
    expect(await best("u9")).toEqual(["i4", "model"]);
    expect(await best({ items: ["i5", "i3"] })).toEqual(["i4", "history"]);
    expect(await best({ items: ["i3", "i5"] })).toEqual(["i6", "history"]);
    expect(await best({ user: "u9", items: ["i4", "i5"] })).toEqual(["i6", "history"]);
    // What was done again counts where it was done last.
    expect(await best({ items: ["i5", "i3", "i5"] })).toEqual(["i6", "history"]);
  });
  test("data without times are warned of", async () => {
    const options = { engine, progress: "none", epochs: 1, l2: 0 } as const;
    const { times: _, ...byUser } = data.byUser as { times?: Float64Array } & typeof data.byUser;
    const told = await train(small, { ...data, byUser }, options);
    expect(told.warnings.map(({ code }) => code)).toContain("no-times");
    expect(run.warnings.map(({ code }) => code)).not.toContain("no-times");
  });
  test("explains by what a score loses without an event: the last one first", async () => {
    using recommender = createRecommender(artifact, engine);
    const { items, explanation } = await recommender.recommend({ items: ["i8", "i1", "i3"] }, { k: 1, why: true });
    expect([items[0]?.item, explanation, items[0]?.why?.[0]?.item]).toEqual(["i4", "left-out", "i3"]);
  });
  test("forgets a user's order with the user", async () => {
    const rest = forgetUser(artifact, "u9")?.artifact ?? expect.unreachable("u9 is known");
    const { offsets, items } = rest.matrices?.["sequence"] ?? { offsets: [], items: [] };
    expect([offsets.length, items.length]).toEqual([24, 23 * 7]);
    expect(await best("u10", rest)).toEqual(await best("u10"));
  });
  test("sees no more than the latest events", async () => {
    const scores = async (items: string[]) => {
      using recommender = createRecommender(artifact, engine);
      const { items: found } = await recommender.recommend({ items }, { k: ITEMS, exclude: "none", includeSeen: true });
      return found;
    };
    const latest = ["i2", "i4", "i1", "i0", "i9"];
    expect(await scores(["i7", ...latest])).toEqual(await scores(latest));
    expect(await scores(["i7", ...latest.slice(1)])).not.toEqual(await scores(latest));
  });
});
