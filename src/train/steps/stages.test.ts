import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { club } from "../../../test/support/tiny-training.ts";
import { referenceEngine } from "../../engine/reference/index.ts";
import { defineModel } from "../../nn/model.ts";
import type { Stage } from "../../nn/stages.ts";
import { toArtifact } from "../artifact.ts";
import { fit as fitModel } from "../fit.ts";
import type { Run } from "../run.ts";
import type { FitOptions } from "../settings/options.ts";
import type { TrainEvent } from "../told/events.ts";

const { train, validation } = club();
const init = { kind: "normal", stddev: 0.1 } as const;

/** A product of vectors that are learned first, each side in turn, and weights of its coordinates that are learned after it. */
const staged = (stages: readonly Stage[]) =>
  defineModel<object>({
    name: "tiny-staged",
    stages: () => stages,
    build({ users, items }, _, nn) {
      const product = nn.mul(
        nn.embed(users.id, 4, { name: "p/user", init }),
        nn.embed(items.id, 4, { name: "p/item", init }),
      );
      const plain = nn.add(nn.sumLast(product), nn.bias(items.id, { name: "aside" }));
      const score = nn.squeezeLast(nn.dense("head", 1)(nn.dropout("head/dropout", 0.2)(product)));
      return { score, ...(stages.length > 0 && { stages: { first: { score: plain } } }) };
    },
  })();

const first: Stage = {
  name: "first",
  learns: ["p", "aside"],
  training: { epochs: 3, learningRate: 0.1, batchSize: 16 },
};
const second: Stage = { name: "second", learns: ["p/user", "head"], training: { epochs: 2 } };
const all: Stage = { name: "all" };
const three = staged([first, second, all]);

const quick: Partial<FitOptions> = {
  ...{ epochs: 4, batchSize: 32, learningRate: 0.05, negatives: 2 },
  ...{ engine: referenceEngine, progress: "none" },
};
/** Validation chooses the epochs of the last stage, and all is trained anew. */
const chosen = { ...quick, patience: 2, refit: true, validation };

const facts = ({ parameters, epochs, stages, bestEpoch, stopped }: Run) => ({
  ...{ parameters, bestEpoch, stopped },
  losses: [...(stages ?? []), { epochs }].map((one) => one.epochs.map(({ loss }) => loss.toFixed(10))),
});

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "penchant-stages-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("stages", () => {
  test("are trainings one after the other, each from what the one before it learned", async () => {
    const run = await fitModel(three, train, quick);
    let parameters: Run["parameters"] = {};
    for (const stage of [first, second, all]) {
      const alone = staged([{ name: stage.name, ...(stage.learns && { learns: stage.learns }) }]);
      const model =
        stage === first
          ? alone
          : staged([
              { ...first, training: { epochs: 1 } },
              { name: stage.name, ...(stage.learns && { learns: stage.learns }) },
            ]);
      // what is given is not learned again: the stage before is left out
      const options = { ...quick, ...stage.training, initialParameters: parameters };
      ({ parameters } = await fitModel(model, train, options));
      if (stage === first) {
        const { aside: _, ...kept } = parameters;
        parameters = kept;
      }
    }
    for (const [name, values] of Object.entries(parameters)) expect(run.parameters[name], name).toEqual(values);
  });

  test("leave as it is what does not learn in them", async () => {
    const frozen = await fitModel(staged([first, { name: "last", learns: ["head"] }]), train, quick);
    const before = await fitModel(staged([{ name: "first", learns: ["p", "aside"] }]), train, {
      ...quick,
      ...first.training,
    });
    for (const name of ["p/user", "p/item"]) expect(frozen.parameters[name]).toEqual(before.parameters[name]);
    expect(frozen.parameters["head/kernel"]).not.toEqual(before.parameters["head/kernel"]);
  });

  test("give the same bytes for one seed and others for another", async () => {
    const of = async (seed: number) => (await fitModel(three, train, { ...quick, seed })).parameters;
    const [a, b, c] = [await of(1), await of(1), await of(2)];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  test("are named in events, the run and what is saved of it", async () => {
    const events: TrainEvent[] = [];
    const run = await fitModel(three, train, { ...chosen, progress: (event) => void events.push(event) });
    const of = <T extends TrainEvent["type"]>(type: T) =>
      events.filter((e) => e.type === type) as Extract<TrainEvent, { type: T }>[];
    expect(of("start")[0]?.stages).toEqual([
      { name: "first", epochs: 3 },
      { name: "second", epochs: 2 },
      { name: "all", epochs: 4 },
    ]);
    const told = of("stage").map(({ phase, stage, number, stages, epochs }) => [phase, stage, number, stages, epochs]);
    const { length } = run.refit?.epochs ?? [];
    expect(told).toEqual([
      ["selection", "first", 1, 3, 3],
      ["selection", "second", 2, 3, 2],
      ["selection", "all", 3, 3, 4],
      ["refit", "first", 1, 3, 3],
      ["refit", "second", 2, 3, 2],
      ["refit", "all", 3, 3, length],
    ]);
    const named = of("epoch").map(({ phase, stage }) => `${phase} ${stage}`);
    expect(named.slice(0, 5)).toEqual([
      "selection first",
      "selection first",
      "selection first",
      "selection second",
      "selection second",
    ]);
    expect(new Set(of("progress").map(({ stage }) => stage))).toEqual(new Set(["first", "second", "all"]));
    expect(run.stages?.map(({ name, epochs }) => [name, epochs.length])).toEqual([
      ["first", 3],
      ["second", 2],
    ]);
    const { metadata } = toArtifact(run, train);
    expect(metadata.training["stages"]).toMatchObject([{ name: "first" }, { name: "second" }]);
  });

  test("only of the last one does validation choose the epochs", async () => {
    const run = await fitModel(three, train, chosen);
    for (const { epochs } of run.stages ?? []) expect(epochs.every(({ validation: v }) => v === undefined)).toBe(true);
    expect(run.epochs.every(({ validation: v }) => v !== undefined)).toBe(true);
    expect(run.refit?.epochs).toHaveLength(run.bestEpoch);
  });

  test("say how long all of them take together, and never less as time goes on than is left", async () => {
    const left: number[] = [];
    const [estimates, alone] = [[] as number[], [] as number[]];
    const note = (into: number[]) => (event: TrainEvent) => {
      if (event.type === "start") into.push(event.estimate.seconds);
      if (event.type === "progress") left.push(event.etaLeastSeconds - event.etaSeconds);
    };
    await fitModel(three, train, { ...chosen, progress: note(estimates) });
    await fitModel(staged([all]), train, { ...chosen, progress: note(alone) }).catch(() => {});
    expect(Math.max(...left)).toBeLessThanOrEqual(1e-9);
    expect(estimates[0]).toBeGreaterThan(alone[0] ?? 0);
  });

  test("end together where a callback says stop", async () => {
    const run = await fitModel(three, train, {
      ...chosen,
      callbacks: { onEpoch: ({ stage }) => (stage === "second" ? "stop" : undefined) },
    });
    expect(run).toMatchObject({ stopped: "callback", epochs: [], bestEpoch: 0 });
    expect(run.stages?.map(({ epochs }) => epochs.length)).toEqual([3, 1]);
    expect(run.refit).toBeUndefined();
  });

  test("tell in which of them the loss blew up", async () => {
    const wild = staged([{ ...first, training: { epochs: 3, learningRate: 1e9, optimizer: "sgd" } }, all]);
    await expect(fitModel(wild, train, quick)).rejects.toMatchObject({
      code: "TRAIN_DIVERGED",
      details: { stage: "first" },
      message: expect.stringContaining('of stage "first"'),
    });
  });

  test("can be cancelled in each", async () => {
    for (const stage of ["first", "second", "all"]) {
      const controller = new AbortController();
      const progress = (event: TrainEvent) =>
        void (event.type === "stage" && event.stage === stage && controller.abort());
      await expect(fitModel(three, train, { ...quick, progress, signal: controller.signal })).rejects.toMatchObject({
        code: "TRAIN_CANCELLED",
      });
    }
  });
});

describe("resume", () => {
  /** Cancels at the n-th checkpoint, goes on, cancels again …, until it comes to its end. */
  async function inPieces(checkpoint: FitOptions["checkpoint"], every: number): Promise<{ run: Run; pieces: number }> {
    for (let pieces = 1; pieces < 100; pieces++) {
      const controller = new AbortController();
      let written = 0;
      const progress = (event: TrainEvent) =>
        void (event.type === "checkpoint" && ++written === every && controller.abort());
      const options = {
        ...chosen,
        ...(checkpoint && { checkpoint }),
        resume: true,
        progress,
        signal: controller.signal,
      };
      try {
        return { run: await fitModel(three, train, options), pieces };
      } catch (error) {
        expect(error).toMatchObject({ code: "TRAIN_CANCELLED" });
      }
    }
    throw new Error("no end");
  }

  test("within and between stages ends in the bytes of the uninterrupted run", async () => {
    const whole = await fitModel(three, train, chosen);
    const epochs = await inPieces({ directory, everySeconds: 0 }, 1);
    expect(epochs.pieces).toBeGreaterThan(10);
    expect(facts(epochs.run)).toEqual(facts(whole));
    await rm(directory, { recursive: true });
    const steps = await inPieces({ directory, everySeconds: 1e-6 }, 5);
    expect(steps.pieces).toBeGreaterThan(3);
    expect(facts(steps.run)).toEqual(facts(whole));
  });

  test("is refused where a stage is another one", async () => {
    const checkpoint = { directory, everySeconds: 0 };
    await fitModel(three, train, { ...quick, checkpoint });
    const other = staged([{ ...first, training: { epochs: 3, learningRate: 0.2, batchSize: 16 } }, second, all]);
    await expect(fitModel(other, train, { ...quick, checkpoint, resume: true })).rejects.toMatchObject({
      code: "TRAIN_CHECKPOINT_MISMATCH",
      details: { different: ["stages"] },
    });
  });
});

test.each<[string, readonly Stage[], string]>([
  ["two of a name", [first, { name: "first" }], "first"],
  ["no number of epochs", [{ name: "first" }, all], "epochs"],
  ["half an epoch", [{ name: "first", training: { epochs: 0.5 } }, all], "epochs"],
  ["a last one with epochs of its own", [first, { name: "all", training: { epochs: 2 } }], "last stage"],
  ["outputs of a stage that there is not", [all], "first"],
  ["parameters that there are not", [first, { name: "all", learns: ["p", "tower"] }], "tower"],
])("stages are refused with %s", async (_, stages, named) => {
  const training = async () => fitModel(staged(stages), train, quick);
  await expect(training()).rejects.toMatchObject({ code: "CONFIG_VALUE", message: expect.stringContaining(named) });
});
