import { expect, test } from "vitest";
import { pipelineVersion } from "./version.ts";

const pipeline = { candidates: [{ from: "shop", n: 50 }], filter: ["seen"], k: 10 };

test("the version of a pipeline is of what it says, not of how it is written", () => {
  const version = pipelineVersion(pipeline);
  expect(version).toMatch(/^[0-9a-f]{12}$/);
  expect(pipelineVersion({ k: 10, filter: ["seen"], candidates: [{ n: 50, from: "shop" }] })).toBe(version);
  expect(pipelineVersion({ ...pipeline, rank: undefined } as never)).toBe(version);
  for (const other of [
    { ...pipeline, k: 9 },
    { ...pipeline, filter: [] },
    { ...pipeline, candidates: [{ from: "shop", n: 51 }] },
  ]) {
    expect(pipelineVersion(other)).not.toBe(version);
  }
});

test("the order of stages counts", () => {
  const of = (...filter: string[]) => pipelineVersion({ ...pipeline, filter });
  expect(of("seen", "item.a == 1")).not.toBe(of("item.a == 1", "seen"));
});
