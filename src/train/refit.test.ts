import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  club,
  dataOf,
  pointwiseModel,
  ratedClub,
  ratingModel,
  untrainedModel,
} from "../../test/support/tiny-training.ts";
import type { Engine, TrainSpec } from "../engine/contract.ts";
import { referenceEngine } from "../engine/reference/index.ts";
import { fit as fitModel } from "./fit.ts";
import { ofSomeUsers, together } from "./inputs/data.ts";
import type { FitOptions } from "./settings/options.ts";
import type { EpochEvent, TrainEvent } from "./told/events.ts";

const { train, validation } = club();
const quick: Partial<FitOptions> = {
  batchSize: 32,
  learningRate: 0.05,
  negatives: 2,
  patience: 2,
  engine: referenceEngine,
  progress: "none",
};
const rows = (spec: TrainSpec | undefined): number => spec?.feed.interactions.items.length ?? 0;

/** The reference engine, noting what it is asked to train. */
function spy() {
  const specs: TrainSpec[] = [];
  const trainer = (spec: TrainSpec) => {
    specs.push(spec);
    return referenceEngine.trainer(spec);
  };
  return { specs, engine: { ...referenceEngine, trainer } };
}

describe("early stopping by default", () => {
  test("chooses the epoch on the validation part, then trains anew on both for so many", async () => {
    const { specs, engine } = spy();
    const run = await fitModel(pointwiseModel(), train, { ...quick, engine, validation });
    const everything = together(train, [validation]);
    expect(run.stopped).toBe("early-stopping");
    expect(run.epochs).toHaveLength(run.bestEpoch + 2);
    expect(specs.map(rows)).toEqual([24 * 7, 24 * 8]);
    expect(run.refit?.epochs).toHaveLength(run.bestEpoch);
    expect(run.data.byUser).toEqual(everything.byUser);
    const exact = await fitModel(pointwiseModel(), everything, { ...quick, patience: 0, epochs: run.bestEpoch });
    expect(run.parameters).toEqual(exact.parameters);
  });

  test("keeps the run that chose, which has not seen the validation part", async () => {
    const run = await fitModel(pointwiseModel(), train, { ...quick, validation });
    const alone = await fitModel(pointwiseModel(), train, { ...quick, validation, refit: false });
    expect(run.selection?.parameters).toEqual(alone.parameters);
    expect(run.selection?.data).toBe(train);
    expect(alone).toMatchObject({ bestEpoch: run.bestEpoch, stopped: run.stopped });
    expect(alone.refit).toBeUndefined();
  });

  test("where training anew blows up, keeps the run that chose, and says so", async () => {
    let trainings = 0;
    const trainer: Engine["trainer"] = async (spec) => {
      const [isRefit, trainer] = [++trainings === 2, await referenceEngine.trainer(spec)];
      const run = trainer.run.bind(trainer);
      if (isRefit) trainer.run = async (range) => ({ ...(await run(range)), loss: Number.NaN });
      return trainer;
    };
    const events: TrainEvent[] = [];
    const options = { ...quick, validation, engine: { ...referenceEngine, trainer } };
    const run = await fitModel(pointwiseModel(), train, { ...options, progress: (event) => void events.push(event) });
    const alone = await fitModel(pointwiseModel(), train, { ...quick, validation, refit: false });
    expect(run.parameters).toEqual(alone.parameters);
    expect([run.refit, run.data, run.bestEpoch]).toEqual([undefined, train, alone.bestEpoch]);
    const warning = { code: "refit-diverged", message: expect.stringContaining("The loss became NaN in epoch 1") };
    expect(run.warnings).toContainEqual(warning);
    expect(events).toContainEqual({ type: "warning", ...warning });
    expect(events.at(-1)).toMatchObject({ type: "end" });
  });

  test("another failure of training anew is one of the whole", async () => {
    let trainings = 0;
    const trainer: Engine["trainer"] = async (spec) => {
      if (++trainings === 2) throw new Error("no memory");
      return referenceEngine.trainer(spec);
    };
    const options = { ...quick, validation, engine: { ...referenceEngine, trainer } };
    await expect(fitModel(pointwiseModel(), train, options)).rejects.toThrow("no memory");
  });

  test("takes each user's last interaction where there is no validation part", async () => {
    const { specs, engine } = spy();
    const run = await fitModel(pointwiseModel(), train, { ...quick, engine });
    expect(specs.map(rows)).toEqual([24 * 6, 24 * 7]);
    expect(run.epochs[0]?.validation?.metric).toBe("ndcg@10");
    expect(run.data).toBe(train);
  });

  test("epochs given alone are trained exactly, with nothing held out", async () => {
    const { specs, engine } = spy();
    const { patience: _, ...rest } = quick;
    const run = await fitModel(pointwiseModel(), train, { ...rest, engine, epochs: 4 });
    expect(run).toMatchObject({ stopped: "finished", bestEpoch: 4, settings: { patience: 0, refit: false } });
    expect(specs.map(rows)).toEqual([24 * 7]);
  });

  test("where no user has three interactions, says so and trains some epochs", async () => {
    const few = dataOf([[0, 1], [1, 2], [3]], 4);
    const run = await fitModel(pointwiseModel(), few, { ...quick, negatives: 1 });
    expect(run.warnings.map(({ code }) => code)).toEqual(["no-validation"]);
    expect(run.epochs).toHaveLength(20);
    expect(run.refit).toBeUndefined();
  });

  test("a refit takes the further parts given for it, which nothing has seen before", async () => {
    const { specs, engine } = spy();
    const rest = dataOf(
      Array.from({ length: 24 }, () => [39]),
      40,
    );
    const run = await fitModel(pointwiseModel(), train, { ...quick, engine, validation, refitWith: [rest] });
    expect(rows(specs[0])).toBe(24 * 7);
    expect(rows(specs[1])).toBe(together(train, [validation, rest]).byUser.items.length);
    expect(run.data.byUser.items.length).toBe(rows(specs[1]));
  });

  test("a refit of ratings starts from the mean of all of them", async () => {
    const rated = ratedClub();
    const run = await fitModel(ratingModel(), rated.train, { ...quick, validation: rated.validation });
    expect(run.catalog.meanValue).toBeCloseTo(together(rated.train, [rated.validation]).catalog().meanValue, 12);
    expect(run.selection?.catalog.meanValue).toBe(rated.train.catalog().meanValue);
  });

  test("a model without training counts everything", async () => {
    const run = await fitModel(untrainedModel(), train, { progress: "none", engine: referenceEngine, validation });
    expect(run.parameters["counts"]).toEqual(together(train, [validation]).catalog().itemCounts);
  });

  test("a callback that stops it keeps what there is", async () => {
    const callbacks = { onEpoch: ({ record }: EpochEvent) => (record.epoch === 2 ? "stop" : undefined) };
    const run = await fitModel(pointwiseModel(), train, { ...quick, validation, callbacks });
    expect(run).toMatchObject({ stopped: "callback" });
    expect(run.refit).toBeUndefined();
  });

  test("warns when the last epoch was the best one", async () => {
    const run = await fitModel(pointwiseModel(), train, {
      ...quick,
      validation,
      epochs: 2,
      learningRate: 1e-3,
      minDelta: 0,
    });
    const improved = run.bestEpoch === 2;
    expect(run.warnings.some(({ code }) => code === "last-epoch-best")).toBe(improved);
    const worse = await fitModel(pointwiseModel(), train, { ...quick, validation, epochs: 2, minDelta: 2 });
    expect(worse.warnings.some(({ code }) => code === "last-epoch-best")).toBe(false);
  });
});

describe("the two phases", () => {
  test("tell what they do, with times left that shrink to nothing", async () => {
    const events: TrainEvent[] = [];
    const run = await fitModel(pointwiseModel(), train, {
      ...quick,
      validation,
      progress: (event) => events.push(event),
    });
    const kinds = events.map(({ type }) => type).filter((type) => ["refit", "end", "epoch"].includes(type));
    const [chosen, refitted] = [run.epochs.length, run.bestEpoch];
    expect(kinds).toEqual([
      ...Array.from({ length: chosen }, () => "epoch"),
      "refit",
      ...Array.from({ length: refitted }, () => "epoch"),
      "end",
    ]);
    const progress = events.filter((event) => event.type === "progress");
    for (const { etaSeconds, etaLeastSeconds } of progress) expect(etaLeastSeconds).toBeLessThanOrEqual(etaSeconds);
    expect(progress[0]?.etaLeastSeconds).toBeLessThan(progress[0]?.etaSeconds ?? 0);
    expect(progress.at(-1)).toMatchObject({ phase: "refit", etaSeconds: 0, etaLeastSeconds: 0 });
    expect(events.at(-1)).toMatchObject({ type: "end", epochs: chosen, bestEpoch: refitted, refitEpochs: refitted });
  });

  test("a run interrupted in either goes on to the same bytes and the same story", async () => {
    const whole = await fitModel(pointwiseModel(), train, { ...quick, validation });
    const total = whole.epochs.length + whole.bestEpoch;
    for (const stopAt of [1, whole.epochs.length - 1, whole.epochs.length, total - 1]) {
      const directory = await mkdtemp(join(tmpdir(), "penchant-refit-"));
      try {
        const controller = new AbortController();
        let done = 0;
        const callbacks = { onCheckpoint: () => void (++done === stopAt && controller.abort()) };
        const place = { checkpoint: { directory }, resume: true };
        const options = { ...quick, validation, ...place };
        const first = fitModel(pointwiseModel(), train, { ...options, callbacks, signal: controller.signal });
        await expect(first).rejects.toMatchObject({ code: "TRAIN_CANCELLED" });
        const rest = await fitModel(pointwiseModel(), train, options);
        expect(rest.parameters).toEqual(whole.parameters);
        expect(rest.selection?.parameters).toEqual(whole.selection?.parameters);
        const told = ({ epochs, bestEpoch, stopped, refit }: typeof whole) =>
          JSON.stringify({
            bestEpoch,
            stopped,
            losses: [...epochs, ...(refit?.epochs ?? [])].map(({ loss }) => loss.toFixed(9)),
          });
        expect(told(rest)).toBe(told(whole));
      } finally {
        await rm(directory, { recursive: true });
      }
    }
  });
});

describe("validation for some of the users", () => {
  test("draws them by seed, and learns from all of them in the refit", async () => {
    const options = { ...quick, validation, validateUsers: 5 };
    const run = await fitModel(pointwiseModel(), train, options);
    expect(run.epochs[0]?.validation).toMatchObject({ protocol: "full", users: 5 });
    expect(run.data.byUser.items.length).toBe(24 * 8);
    const again = await fitModel(pointwiseModel(), train, options);
    expect(again.epochs[0]?.validation?.value).toBe(run.epochs[0]?.validation?.value);
  });

  test("takes everybody where there are no more, and where asked", () => {
    expect(ofSomeUsers(validation, 24, 1)).toBe(validation);
    const some = ofSomeUsers(validation, 5, 1);
    const usersOf = ({ byUser: { offsets } }: typeof some) =>
      [...offsets.keys()].filter((user) => (offsets[user + 1] ?? 0) > (offsets[user] ?? 0));
    expect(usersOf(some)).toHaveLength(5);
    expect(usersOf(ofSomeUsers(validation, 5, 2))).not.toEqual(usersOf(some));
    const [user = 0] = usersOf(some);
    const rowsOf = ({ byUser: { offsets, items } }: typeof some) => [...items.slice(offsets[user], offsets[user + 1])];
    expect(rowsOf(some)).toEqual(rowsOf(validation));
  });
});
