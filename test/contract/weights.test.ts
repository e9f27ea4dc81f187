/** Every model, and what the weight of an event does to it: it learns otherwise, or says that it does not. */
import { describe, expect, test } from "vitest";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import { models } from "../../src/models/index.ts";
import { type FitOptions, fit as train } from "../../src/train/index.ts";
import { nativeEngine } from "../support/native-engine.ts";
import { dataOf } from "../support/tiny-training.ts";

const native = (await nativeEngine()).engine;

/** Small versions of the models: the reference engine is slow. */
const small: Readonly<Record<string, unknown>> = {
  ...{ factors: 4, hidden: [8], width: 8, blocks: 1, dim: 8, drawn: 10, state: 8, channels: 4, window: 3, heads: 1 },
  ...{ pretraining: 1, iterations: 1 },
};
const rows = Array.from({ length: 10 }, (_, user) => Array.from({ length: 5 }, (_, i) => 2 * i + (user % 2)));
const dataWith = (value: (item: number, user: number) => number) =>
  dataOf(
    rows,
    12,
    rows.flatMap((row, user) => row.map((item) => value(item, user))),
  );
/** An event in the midst of a history counts so much, all others 1. */
const oneCounting = (weight: number) => dataWith((item, user) => (user === 2 && item === 4 ? weight : 1));

type Factory = (typeof models)[number];
const named = models.map((factory) => [factory.definition.name, factory] as const);

async function learned(factory: Factory, data: ReturnType<typeof oneCounting>, options: Partial<FitOptions> = {}) {
  const known = Object.entries(small).filter(([option]) => option in factory.definition.options);
  const { parameters, matrices, warnings } = await train(factory(Object.fromEntries(known)), data, {
    ...{ engine: referenceEngine, progress: "none", epochs: 1, batchSize: 8, seed: 1, ...options },
  });
  const { history: _, rated: __, targets: ___, sequence: ____, ...own } = matrices; // what they look at, not what they learned
  return { learned: { parameters, own }, told: warnings.map(({ code }) => code), warnings };
}

const weighted = { weights: "values" } as const;
/** By the task: labels and pairs have weights whatever the model; losses of a model's own and solvers where they are made for it. */
const solvers = ["ials", "markov"];
const weighs = ({ definition: { name, task } }: Factory) =>
  typeof task === "function" || !["none", "rating", "solve"].includes(task) || solvers.includes(name);

describe.each(named.filter(([, factory]) => weighs(factory)))("%s counts events by their weights", (_, factory) => {
  test("twice the weight of one is learned otherwise; weights of 1 are as none", async () => {
    const plain = await learned(factory, oneCounting(1), { weights: "none" });
    const one = await learned(factory, oneCounting(1), weighted);
    const two = await learned(factory, oneCounting(2), weighted);
    expect(one.learned).toEqual(plain.learned);
    expect(two.learned).not.toEqual(one.learned);
    expect(two.told).not.toContain("values-ignored");
  });

  test("left out of account, they are told, with what counts them", async () => {
    const { learned: ignored, warnings } = await learned(factory, oneCounting(2), { weights: "none" });
    expect(ignored).toEqual((await learned(factory, oneCounting(1))).learned);
    const message = expect.stringContaining("--set weights=values");
    expect(warnings).toContainEqual({ code: "values-ignored", message });
  });

  test.skipIf(!native)("so it is on the native engine, to the bytes of any number of threads", async () => {
    const on = (weight: number, options: Partial<FitOptions>) =>
      learned(factory, oneCounting(weight), { engine: native ?? "native", threads: 1, ...options });
    const one = await on(1, weighted);
    expect(one.learned).toEqual((await on(1, { weights: "none" })).learned);
    const two = await on(2, weighted);
    expect(two.learned).not.toEqual(one.learned);
    expect((await on(2, { ...weighted, threads: 3 })).learned).toEqual(two.learned);
  });
});

describe.each(named.filter(([, factory]) => !weighs(factory)))("%s has no weights", (_, factory) => {
  const { task } = factory.definition;

  test("asked for them, it says so", async () => {
    const asked = learned(factory, oneCounting(2), weighted);
    if (task === "none") expect((await asked).told).toContain("values-ignored");
    else await expect(asked).rejects.toMatchObject({ code: "CONFIG_VALUE" });
  });

  test("values are what is learned (ratings), or are ignored with a warning that offers no weights", async () => {
    const [one, two] = [await learned(factory, oneCounting(1)), await learned(factory, oneCounting(2))];
    if (task === "rating") return expect(two.learned).not.toEqual(one.learned);
    expect(two.learned).toEqual(one.learned);
    const told = two.warnings.find(({ code }) => code === "values-ignored")?.message;
    expect(told).toContain("ignored");
    expect(told).not.toContain("--set weights");
  });
});
