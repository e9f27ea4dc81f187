/** Types of `penchant`, as its users meet them. Nothing here runs: the compiler is the test. */
import { describe, expectTypeOf, test } from "vitest";
import * as penchant from "../../src/index.ts";
import { neuMf } from "../../src/models/index.ts";

const { evaluate, leaveLastOut, readInteractions, recommenderOf, toImplicit } = penchant;
declare const interactions: penchant.Interactions;
declare const split: penchant.Split;
declare const run: penchant.Run;

describe("readInteractions", () => {
  test("takes a path and answers interactions later", () => {
    expectTypeOf(readInteractions).parameter(0).toEqualTypeOf<string | readonly string[]>();
    expectTypeOf(readInteractions("ratings.csv")).resolves.toEqualTypeOf<penchant.Interactions>();
    expectTypeOf(readInteractions("x.csv", { user: "userId", item: 2, header: true })).resolves.toBeObject();
    // @ts-expect-error: a path is text
    void readInteractions(1);
    // @ts-expect-error: there is no such option
    void readInteractions("x.csv", { users: "userId" });
  });
});

describe("leaveLastOut", () => {
  test("takes interactions and answers a split whose validation may be absent", () => {
    expectTypeOf(leaveLastOut).parameter(0).toEqualTypeOf<penchant.Interactions>();
    expectTypeOf(leaveLastOut(interactions, { validation: true, seed: 1 })).toEqualTypeOf<penchant.Split>();
    expectTypeOf<penchant.Split["train"]>().toEqualTypeOf<penchant.Interactions>();
    expectTypeOf<penchant.Split["validation"]>().toEqualTypeOf<penchant.Interactions | undefined>();
    // @ts-expect-error: validation is a flag here, not a share
    leaveLastOut(interactions, { validation: 0.1 });
    // @ts-expect-error: a split is not interactions
    leaveLastOut(split);
  });
  test("rules of implicit feedback are told apart by their kind", () => {
    expectTypeOf(toImplicit(interactions, { kind: "threshold", minimum: 4 })).toEqualTypeOf<penchant.Interactions>();
    // @ts-expect-error: a threshold needs its minimum
    toImplicit(interactions, { kind: "threshold" });
  });
});

describe("fit", () => {
  test("takes a model, interactions and options, and answers a run later", () => {
    const { train, validation } = split;
    expectTypeOf(
      penchant.fit(neuMf({ factors: 8 }), train, { validation, epochs: 2 }),
    ).resolves.toEqualTypeOf<penchant.Run>();
    expectTypeOf(run.epochs[0]?.validation?.value).toEqualTypeOf<number | undefined>();
    expectTypeOf(run.epochs[0]?.validation?.protocol).toEqualTypeOf<string | undefined>();
    expectTypeOf(run.parameters["gmf/user"]).toEqualTypeOf<Float32Array | undefined>();
  });
  test("options of the wrong name or type do not compile", () => {
    // @ts-expect-error: the option is learningRate
    void penchant.fit(neuMf(), interactions, { learningrate: 0.01 });
    // @ts-expect-error: epochs is a number
    void penchant.fit(neuMf(), interactions, { epochs: "5" });
    // @ts-expect-error: there is no such optimizer
    void penchant.fit(neuMf(), interactions, { optimizer: "adamax" });
    // @ts-expect-error: the model comes configured: neuMf(), not neuMf
    void penchant.fit(neuMf, interactions);
    // @ts-expect-error: the test part is no option, so that it cannot leak
    void penchant.fit(neuMf(), interactions, { test: interactions });
  });
  test("settings are read-only", () => {
    // @ts-expect-error: a finished run does not change
    run.settings.epochs = 3;
  });
});

describe("evaluate", () => {
  test("takes a run and its split, and answers metrics that may be absent by any other name", async () => {
    const evaluation = await evaluate(run, split, { protocols: ["full", "sampled-99"], k: 10 });
    expectTypeOf(evaluation).toEqualTypeOf<penchant.EvaluationBeside>();
    const measured = evaluation.protocols[0];
    expectTypeOf(measured).toEqualTypeOf<penchant.Evaluation | undefined>();
    type Interval = { readonly value: number; readonly low: number; readonly high: number };
    expectTypeOf(measured?.metrics["ndcg@10"]).toEqualTypeOf<Interval | undefined>();
    expectTypeOf(evaluation.baselines.popularity.protocols[0]?.metrics["hr@10"]?.low).toEqualTypeOf<
      number | undefined
    >();
    expectTypeOf(evaluation.warnings[0]?.code).toEqualTypeOf<string | undefined>();
    // @ts-expect-error: a metric has to be looked up, and may not be there
    void (measured?.metrics["ndcg@10"].value satisfies number);
    // @ts-expect-error: there are no other baselines than popularity and random
    void evaluation.baselines.mean;
  });
  test("protocols of the wrong name do not compile", () => {
    // @ts-expect-error: it is sampled-99
    void evaluate(run, split, { protocols: ["sampled"] });
    // @ts-expect-error: interactions are not a split
    void evaluate(run, interactions);
  });
});

describe("recommenderOf", () => {
  test("takes a run and what it was trained on, and answers by raw ids", async () => {
    expectTypeOf(recommenderOf).parameter(1).toEqualTypeOf<penchant.Split | penchant.Interactions>();
    void recommenderOf(run, split.train, { seen: interactions });
    const recommender = await recommenderOf(run, split);
    expectTypeOf(recommender).toEqualTypeOf<penchant.Recommender>();
    const answer = await recommender.recommend("user-1", { k: 5, why: true });
    expectTypeOf(answer).toEqualTypeOf<penchant.Recommendations>();
    expectTypeOf(answer.items[0]?.item).toEqualTypeOf<string | undefined>();
    expectTypeOf(answer.items[0]?.score).toEqualTypeOf<number | undefined>();
    void recommender.recommend(17, { exclude: [50, "181"], candidates: [1] });
    void recommender.recommend({ user: 17, items: [50, "181"] });
    void recommender.recommend({ ratings: { 50: 5, "film-3": 2 } });
    void recommender.recommend({ ratings: new Map([[50, 5]]) });
    void recommender.similar(50);
    expectTypeOf(recommender.score([{ user: 1, item: "50" }])).resolves.toEqualTypeOf<penchant.ScoredPair[]>();
    // @ts-expect-error: an id is text or a number
    void recommender.recommend(null);
    // @ts-expect-error: a list is not a user
    void recommender.recommend([50]);
    // @ts-expect-error: what to leave out is "seen", "none" or a list
    void recommender.recommend(17, { exclude: "all" });
    // @ts-expect-error: items are a list
    void recommender.recommend({ items: "50" });
  });
});

test("errors carry one of the catalogue's codes", () => {
  expectTypeOf<penchant.PenchantError["code"]>().toEqualTypeOf<penchant.ErrorCode>();
  expectTypeOf<"CONFIG_VALUE">().toExtend<penchant.ErrorCode>();
  expectTypeOf<"CONFIG_VALUES">().not.toExtend<penchant.ErrorCode>();
});
