import { describe, expect, test } from "vitest";
import { loadEngine } from "../../src/engine/index.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { createRecommender, type Recommendations, type RecommendOptions, type Who } from "../../src/retrieve/index.ts";
import { nativeEngine } from "../support/native-engine.ts";
import { awkwardIds, tinyArtifact } from "../support/tiny-artifact.ts";

const { engine: native, ...missing } = await nativeEngine();
if ("reason" in missing) describe("native engine", () => test.skip(missing.reason, () => {}));
const others = [...(native ? [native] : []), await loadEngine("wasm")];

describe.each(others)("the $name engine answers as the reference engine", (other) => {
  const recommenders = [referenceEngine, other].map((engine) =>
    createRecommender(tinyArtifact(), engine, { threads: 2 }),
  );
  const questions: readonly (readonly [Who, RecommendOptions])[] = [
    ["anna", { k: 5, why: true }],
    ["007", { k: 9, exclude: "none", why: true }],
    ["stranger", { k: 3, why: true }],
    [{ items: [awkwardIds[6] ?? "", "7"] }, { k: 7, why: true }],
    [{ items: [awkwardIds[4] ?? ""] }, { k: 2, candidates: awkwardIds.slice(2, 6) }],
  ];

  test.each(questions)("%j, %j", async (who, options) => {
    const [expected, actual] = await Promise.all(recommenders.map((each) => each.recommend(who, options)));
    expect(actual).toEqual(near(expected));
  });
  test("similar items", async () => {
    const [expected, actual] = await Promise.all(recommenders.map((each) => each.similar("7", { k: 8 })));
    expect(actual).toEqual(near(expected));
  });
  test("many questions at once, as one after the other", async () => {
    const recommender = recommenders[1];
    const one: (Recommendations | undefined)[] = [];
    for (const [who, options] of questions) one.push(await recommender?.recommend(who, options));
    expect(await Promise.all(questions.map(([who, options]) => recommender?.recommend(who, options)))).toEqual(one);
  });
});

/** The same answer with scores and weights within 5e-4: forty steps of fitting a newcomer add up their roundings. */
function near(value: unknown): unknown {
  if (typeof value === "number") return expect.closeTo(value, 3);
  if (Array.isArray(value)) return value.map(near);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, near(inner)]));
}
