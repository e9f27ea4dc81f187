import { afterAll, describe, expect, test } from "vitest";
import { tinyArtifact } from "../../test/support/tiny-artifact.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { createRecommender } from "./index.ts";
import type { RecommendOptions } from "./types.ts";

const artifact = tinyArtifact();
const recommender = createRecommender(artifact, referenceEngine);
const [user = "", item = ""] = [artifact.users[0], artifact.items[0]];
afterAll(() => recommender.dispose());

const coded = (code: string, words: string, fix?: string) =>
  expect.objectContaining({
    code,
    message: expect.stringContaining(words) as string,
    ...(fix !== undefined && { fix: expect.stringContaining(fix) as string }),
  });

const requests: readonly (readonly [string, (options: never) => Promise<unknown>])[] = [
  ["recommend", (options) => recommender.recommend(user, options)],
  ["recommendAll", (options) => recommender.recommendAll(options).next()],
  ["similar", (options) => recommender.similar(item, options)],
];

describe.each(requests)("%s", (_, ask) => {
  test.each([null, 2, "2", [2], true])("options that are %j are refused", async (options) => {
    await expect(ask(options as never)).rejects.toThrow(coded("CONFIG_VALUE", "options of the request are no object"));
  });

  test("a number in their place is told as the length it was meant for", async () => {
    await expect(ask(2 as never)).rejects.toThrow(coded("CONFIG_VALUE", "received 2", "{ k: 2 }"));
  });

  test("a name that would change nothing is refused, with the nearest one", async () => {
    const slip = { k: 2, candidate: [item] } as never;
    await expect(ask(slip)).rejects.toThrow(coded("CONFIG_UNKNOWN", '"candidate"', 'Did you mean "candidates"?'));
    await expect(ask({ temperature: 1 } as never)).rejects.toThrow(coded("CONFIG_UNKNOWN", '"temperature"', ""));
  });

  test("without options, and with undefined ones, it answers", async () => {
    await expect(ask(undefined as never)).resolves.toBeDefined();
    await expect(ask({ k: undefined, candidates: undefined, hidden: undefined } as never)).resolves.toBeDefined();
  });
});

test("every option of a list is taken", async () => {
  const options: Required<RecommendOptions> = {
    ...{ k: 1, why: true, exclude: "none", includeSeen: true, candidates: [item], hidden: recommender.itemSet([]) },
    ...{ popular: true, index: false, context: undefined, at: undefined },
  };
  expect((await recommender.recommend(user, options)).items.map((each) => each.item)).toEqual([item]);
});

describe("score", () => {
  test.each([undefined, null, "pairs", { user, item }])("%j is no list of pairs", async (pairs) => {
    await expect(recommender.score(pairs as never)).rejects.toThrow(coded("DATA_ID", "The pairs are no list"));
  });
  test.each([null, "u", 7, [user, item]])("a list with %j is refused, which says where", async (pair) => {
    const pairs = [{ user, item }, pair] as never;
    await expect(recommender.score(pairs)).rejects.toThrow(coded("DATA_ID", "pairs[1] is no pair"));
  });
});

test.each([undefined, null, 7, "new", []])("addItem(%j) is refused", (item) => {
  expect(() => recommender.addItem(item as never)).toThrow(coded("DATA_ID", "The new item is no item"));
});
