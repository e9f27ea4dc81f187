import { expect, test } from "vitest";
import { interactionsOf } from "../../test/support/interactions.ts";
import type { Interactions } from "../dataset/interactions.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { sasRec } from "../models/sasrec.ts";
import { toArtifact } from "./artifact.ts";
import { holdOutLast, together, withoutDislikes } from "./data.ts";
import { fit as fitModel } from "./fit.ts";

/** Each of four users sees five items, some again and again, and does not like the last. */
const log = interactionsOf(
  [0, 1, 2, 3].flatMap((user) =>
    ["a", "b", "a", "c", "a", "d", "b", "e"].map((item, n) => `u${user} ${item} ${item === "e" ? -1 : 1} ${10 * n}`),
  ),
);
const model = sasRec({ width: 4, blocks: 1, length: 6 });
const quick = { engine: referenceEngine, progress: "none", epochs: 1, seed: 1 } as const;

/** The first user's sequence in a run, by item. */
async function sequenceOf(data: Interactions, options: object = {}): Promise<string> {
  const run = await fitModel(model, data, { ...quick, ...options });
  const { sequence } = toArtifact(run, data).matrices ?? {};
  const items = Array.from(sequence?.items.subarray(0, sequence.offsets[1]) ?? []);
  return items.map((item) => data.items.id(item)).join("");
}

test("a model of sequences sees every event of what is liked, or the last of each item alone", async () => {
  expect(await sequenceOf(log)).toBe("abacadb");
  expect(await sequenceOf(log, { repeats: "last" })).toBe("cadb");
});

test("what is held out takes its events along, and brings them back", () => {
  const liked = withoutDislikes(log);
  const held = holdOutLast(liked, 1);
  const shown = (data: typeof liked | undefined) =>
    [...(data?.byUser.items.subarray(0, data.byUser.offsets[1]) ?? [])].map((item) => log.items.id(item)).join("");
  expect([shown(held?.train), shown(held?.validation)]).toEqual(["acd", "b"]);
  expect(held && together(held.train, [held.validation]).recorded).toBe(log.recorded);
});

test("repeats are learned from", async () => {
  const [all, last] = await Promise.all(
    (["all", "last"] as const).map((repeats) => fitModel(model, log, { ...quick, repeats })),
  );
  expect(all?.parameters["items"]).not.toEqual(last?.parameters["items"]);
});
