import { expect, test } from "vitest";
import { tinyArtifact } from "../../test/support/tiny-artifact.ts";
import type { Artifact } from "../artifact/index.ts";
import { referenceEngine as engine } from "../engine/reference/index.ts";
import { createRecommender } from "../retrieve/index.ts";
import { askKnown, checkKnown, type Examined } from "./known-answers.ts";

const examined = (artifact: Artifact): Examined => ({
  recommender: createRecommender(artifact, engine),
  users: artifact.users,
  items: artifact.items,
});

function changed(factor: number): Artifact {
  const artifact = tinyArtifact();
  for (const values of Object.values(artifact.parameters)) values.set(values.map((value) => value * factor));
  return artifact;
}

test("a model gives its own answers again", async () => {
  const model = examined(tinyArtifact());
  const known = await askKnown(model);
  expect(known.length).toBeGreaterThan(6);
  expect(known.every(({ items, scores }) => items.length > 0 && items.length === scores.length)).toBe(true);
  await checkKnown(examined(tinyArtifact()), JSON.parse(JSON.stringify(known)));
});

test("sums in another order are no difference, other weights or another order are", async () => {
  const known = await askKnown(examined(tinyArtifact()));
  await checkKnown(examined(changed(1 + 1e-6)), known);
  await expect(checkKnown(examined(changed(1.01)), known)).rejects.toMatchObject({ code: "SERVE_ANSWERS" });
  const swapped = known.map((one) => ({ ...one, items: one.items.toReversed() }));
  await expect(checkKnown(examined(tinyArtifact()), swapped)).rejects.toMatchObject({ code: "SERVE_ANSWERS" });
});

test("nobody's id stands in them", async () => {
  const text = JSON.stringify((await askKnown(examined(tinyArtifact()))).map(({ question }) => question));
  expect(text).not.toContain("anna");
});
