import { expect, test } from "vitest";
import type { TrainedRun } from "../training.ts";
import { longer } from "./training.ts";

test("the command for a longer training keeps what was asked for", () => {
  const settings = { epochs: 30, patience: 5 } as TrainedRun["settings"];
  const options = ["--set", "factors=32", "--threshold", "4", "--seed", "7"];
  expect(longer({ dataset: "films", settings }, { model: "./mine.js", options })).toBe(
    "Train for longer: penchant train ./mine.js --data films --set factors=32 --threshold 4 --seed 7 --set epochs=60 --set patience=5",
  );
  expect(longer({ dataset: "films", settings: { ...settings, patience: 0 } }, { model: "gmf", options: [] })).toBe(
    "Train for longer: penchant train gmf --data films",
  );
});
