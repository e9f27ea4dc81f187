import type { Split } from "../../dataset/index.ts";
import type { Engine } from "../../engine/contract.ts";
import { means, measureUsers, rankUsers, type UserMetrics } from "../../evaluate/index.ts";
import type { Model } from "../../nn/model.ts";
import { scorePlan } from "../../nn/plans.ts";
import { type EpochRecord, fit, type Run, type TrainingSettings } from "../../train/index.ts";
import { matricesOf } from "../../train/inputs/data.ts";

/** What one epoch scores on the published test. */
export interface Epoch {
  readonly epoch: number;
  readonly loss: number;
  /** NDCG@10 on the validation part, 99 sampled negatives; absent where nothing is held out. */
  readonly validation: number | undefined;
  /** Means over users by label: `hr@10`, `ndcg@10` … */
  readonly test: Readonly<Record<string, number>>;
  /** Every user's own values: what intervals are made from. */
  readonly users: UserMetrics;
}

export interface Training {
  readonly epochs: readonly Epoch[];
  readonly run: Run;
}

interface Request {
  readonly data: Split;
  readonly model: Model;
  readonly settings: Partial<TrainingSettings>;
  readonly initialParameters?: Readonly<Record<string, Float32Array>> | undefined;
  readonly engine: Engine;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEpoch?: (epoch: Epoch, record: EpochRecord) => void;
}

/** Trains and looks at the test after every epoch, as the authors did; nothing of what is seen there steers the training. */
export async function trainAndWatch({ data, model, settings, engine, threads, ...rest }: Request): Promise<Training> {
  const catalog = data.train.catalog();
  const plan = scorePlan(model, catalog);
  const matrices = matricesOf(model, [plan], data.train);
  const epochs: Epoch[] = [];
  const run = await fit(model, data.train, {
    ...{ protocol: "sampled-99", validateUsers: 0 },
    ...settings,
    threads,
    engine,
    ...(data.validation && { validation: data.validation }),
    ...(rest.initialParameters && { initialParameters: rest.initialParameters }),
    ...(rest.signal && { signal: rest.signal }),
    progress: "none",
    callbacks: {
      onEpoch: async ({ record }, access) => {
        const sizes = { users: catalog.users, items: catalog.items, threads };
        using scorer = await engine.scorer({ plan, parameters: await access.parameters(), data: matrices, ...sizes });
        const measured = await testMetrics(scorer, data, settings.seed ?? 1);
        const epoch = {
          epoch: record.epoch,
          loss: record.loss,
          validation: record.validation?.value,
          test: means(measured),
          users: measured,
        };
        epochs.push(epoch);
        rest.onEpoch?.(epoch, record);
      },
    },
  });
  return { epochs: epochs.length > 0 ? epochs : [await solvedAtOnce(run, data, settings.seed ?? 1)], run };
}

/** What a model without epochs scores: as if after an epoch 0. */
async function solvedAtOnce(run: Run, data: Split, seed: number): Promise<Epoch> {
  using scorer = run.scorer(run.settings.threads);
  const users = await testMetrics(scorer, data, seed);
  return { epoch: 0, loss: Number.NaN, validation: undefined, test: means(users), users };
}

/** Every user's HR@10, NDCG@10 … on the published candidates. */
export async function testMetrics(
  scorer: Parameters<typeof rankUsers>[0],
  { train, test, candidates }: Split,
  seed: number,
): Promise<UserMetrics> {
  const ranked = await rankUsers(scorer, { train, test, candidates, seed, protocol: "given" });
  return measureUsers(ranked, 10);
}
