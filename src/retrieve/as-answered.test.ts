import { expect, test } from "vitest";
import { largeArtifact } from "../../test/support/large-artifact.ts";
import { stack } from "../core/csr.ts";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import { createRecommender, scorerOf } from "./index.ts";

const [USERS, ITEMS] = [12, 9];
const artifact = largeArtifact(USERS, ITEMS);
const popularity = Float32Array.from({ length: ITEMS }, (_, item) => (item * 5) % 7);
const saved = { ...artifact, popularity };
const users = Int32Array.from({ length: USERS }, (_, user) => user);
const stranger = (user: number) => saved.history.offsets[user] === saved.history.offsets[user + 1];

test("users of whom a run has learned nothing are measured by what they are answered, and no others are", async () => {
  expect([users.some(stranger), users.every(stranger)]).toEqual([true, false]);
  using scorer = await scorerOf(saved, engine, 1);
  using own = await scorerOf(
    { ...saved, metadata: { ...saved.metadata, model: { ...saved.metadata.model, task: "rating" } } },
    engine,
    1,
  );
  using recommender = createRecommender(saved, engine, { threads: 1 });
  const { items } = await scorer.topK({ users, k: 4 });
  for (const user of users) {
    const answer = await recommender.recommend(`user ${user}`, { k: 4, exclude: "none" });
    expect([...items.subarray(4 * user, 4 * user + 4)].map((item) => `item ${item}`)).toEqual(
      answer.items.map(({ item }) => item),
    );
    expect(answer.method === "popularity").toBe(stranger(user));
  }
  const catalogue = Int32Array.from({ length: USERS * ITEMS }, (_, at) => at % ITEMS);
  const askers = Int32Array.from({ length: USERS * ITEMS }, (_, at) => Math.floor(at / ITEMS));
  const [scores, before] = [await scorer.score(askers, catalogue), await own.score(askers, catalogue)];
  for (const [at, user] of askers.entries()) {
    const met = popularity[at % ITEMS] as number;
    const odds = Math.log((met + 0.5) / (USERS - met + 0.5));
    expect(scores[at]).toBeCloseTo(stranger(user) ? odds : (before[at] as number), 6);
  }
});

test("ranks and lists leave out what is excluded, and agree", async () => {
  using scorer = await scorerOf(saved, engine, 1);
  const exclude = stack(Array.from(users, (user) => Int32Array.of(user % 3, 3 + (user % 4))));
  const targets = stack(Array.from(users, (user) => Int32Array.of(8 - (user % 2), 8).slice(user % 2 ? 0 : 1)));
  const { greater, equal, candidates } = await scorer.ranks({ users, targets, exclude });
  const lists = await scorer.topK({ users, k: ITEMS, exclude });
  const only = await scorer.topK({ users, k: 2, exclude, candidates: Int32Array.of(7, 8) });
  for (const user of users) {
    const list = [...lists.items.subarray(user * ITEMS, (user + 1) * ITEMS)].filter((item) => item >= 0);
    expect(candidates[user]).toBe(list.length);
    const scores = lists.scores.subarray(user * ITEMS, (user + 1) * ITEMS);
    for (let t = targets.offsets[user] as number; t < (targets.offsets[user + 1] as number); t++) {
      const score = scores[list.indexOf(targets.items[t] as number)] as number;
      expect(greater[t]).toBe(scores.filter((other) => other > score).length);
      expect(equal[t]).toBe(scores.filter((other) => other === score).length - 1);
    }
    expect([...only.items.subarray(2 * user, 2 * user + 2)]).toEqual(list.filter((item) => item === 7 || item === 8));
  }
});
