import { expect, test } from "vitest";
import { inWords } from "./words.ts";

test.each([
  [{ user: "17", item: "lamp", time: 1_705_314_225 }, "user 17 took item lamp on 15 January 2024"],
  [{ user: "u", item: "a, b", value: 4 }, 'user u took item "a, b", value 4'],
  [
    { user: "u", item: "i", value: Math.fround(0.1), event: "view", time: 0 },
    "user u took item i (view), value 0.1, on 1 January 1970",
  ],
  [{ user: "u", item: "i", time: 1e15 }, "user u took item i on second 1000000000000000"],
])("%j in words", (interaction, words) => {
  expect(inWords(interaction)).toBe(words);
});
