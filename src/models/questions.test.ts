import { expect, test } from "vitest";
import { models } from "./index.ts";
import { questions } from "./questions.ts";

const known = models.map(({ definition }) => definition.name);

test("each question is answered by models that there are, each once", () => {
  for (const { question, models: names } of questions) {
    expect(names.length, question).toBeGreaterThan(0);
    expect(new Set(names).size, question).toBe(names.length);
    expect(
      names.filter((name) => !known.includes(name)),
      question,
    ).toEqual([]);
  }
});

test("ratings are answered by models of ratings", () => {
  const task = (name: string) => models.find(({ definition }) => definition.name === name)?.definition.task;
  const { models: names = [] } = questions.find(({ question }) => question === "ratings") ?? {};
  expect(new Set(names.map(task))).toEqual(new Set(["rating"]));
});
