import { describe, expect, test } from "vitest";
import { coded, temporaryFile } from "../../test/support/folder.ts";
import { importDataset } from "../dataset/index.ts";
import { makeSplit, untimedWarnings } from "./splits.ts";

const rows = (last: (i: number) => string): string =>
  Array.from({ length: 120 }, (_, i) => `u${i % 8},p${i % 15},${last(i)}\n`).join("");

describe("makeSplit", () => {
  test("says of times what import said of them", async () => {
    const dataset = await importDataset(temporaryFile("x.csv", `user,item,date\n${rows((i) => `week ${i}`)}`));
    const [told] = untimedWarnings(dataset);
    expect(told?.code).toBe("unreadable-times");
    expect(dataset.report.warnings).toContainEqual(told);
    const error = await coded("DATA_SPLIT", () => makeSplit(dataset, { kind: "time", seed: 0 }, "pointwise"));
    expect(error.message).toContain(told?.message);
    const timed = await importDataset(temporaryFile("x.csv", `user,item,time\n${rows((i) => `${1600000000 + i}`)}`));
    expect(untimedWarnings(timed)).toEqual([]);
  });

  test("leaves interactions without a value to models that need none", async () => {
    const dataset = await importDataset(temporaryFile("x.csv", `user,item,rating\n${rows((i) => (i % 3 ? "4" : ""))}`));
    const sizeOf = (task: "rating" | "pointwise"): number => {
      const { train, test, validation } = makeSplit(dataset, { kind: "ratio", seed: 0 }, task);
      return train.size + test.size + (validation?.size ?? 0);
    };
    expect([sizeOf("pointwise"), sizeOf("rating")]).toEqual([120, 80]);
  });
});
