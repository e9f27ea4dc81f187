import type { Csr, FeedSpec, ScoreSpec, TrainSpec } from "../contract.ts";
import type { Words } from "./message.ts";

/** A request: what is sent as JSON, and the arrays in the order in which `native/wasm` reads them. */
export interface Request {
  readonly value: object;
  readonly arrays: readonly Words[];
}

export const rowsOf = ({ offsets, items }: Csr): readonly Words[] => [offsets, items];

export function trainRequest(spec: TrainSpec, threads: number): Request {
  const { plan, parameters, feed, optimizer, batchSize, seed } = spec;
  const { distribution, interactions, known } = feed;
  const alias = distribution.kind === "alias" ? [distribution.thresholds, distribution.aliases] : [];
  const values = interactions.values === undefined ? [] : [interactions.values];
  return {
    value: {
      plan: JSON.stringify(plan),
      parameters: Object.keys(parameters),
      feed: feedFacts(feed),
      optimizer,
      batchSize,
      seed: seed >>> 0,
      threads,
    },
    arrays: [...Object.values(parameters), ...rowsOf(interactions), ...rowsOf(known), ...values, ...alias],
  };
}

const feedFacts = ({ kind, negatives, distribution, shuffle, users, items, interactions }: FeedSpec): object => ({
  kind,
  negatives,
  users,
  items,
  shuffle: shuffle === "rows",
  values: interactions.values !== undefined,
  alias: distribution.kind === "alias",
});

export function scoreRequest({ plan, parameters, users, items }: ScoreSpec, threads: number): Request {
  const value = { plan: JSON.stringify(plan), parameters: Object.keys(parameters), users, items, threads };
  return { value, arrays: Object.values(parameters) };
}
