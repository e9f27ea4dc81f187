/**
 * CF-NADE, an autoregressive model of ratings: an item is the ratings it got, one after the other in a random order of the people who gave
 * them, and each is foretold by those before it.
 *
 * Zheng, Tang, Ding & Zhou, "A Neural Autoregressive Approach to Collaborative Filtering", ICML 2016: equations 1 and 3 to 6 (conditionals by
 * a hidden layer of what came before), 8 to 10 (parameters shared between levels: a level has what all lower ones have, and its own), 13 to
 * 16 (the ordinal cost: from the true level down and up, each level is preferred to those beyond it), and the training by one order
 * and one place in it a step, of section 5.2. By items, the better one in the paper's comparison.
 *
 * Choices where implementations differ: a step draws an order of all people and a share of them that comes before; what items get of
 * these is computed once for all, and the ratings of its batch by the others are foretold, each weighed so that every place in the order
 * counts alike. To foretell a new rating all others come before it. Somebody new is rows of the output, fitted to their ratings.
 */
import type { SparseMatrix } from "../core/csr.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Builder } from "../nn/builder.ts";
import { defineModel } from "../nn/model.ts";
import { count, number } from "../nn/options.ts";
import {
  expected,
  type Levels,
  larger,
  levelMatrices,
  levelOptions,
  sharesOf,
  softmax,
  sum,
  toldByRatings,
} from "./levels.ts";

export interface CfNadeConfig extends Levels {
  /** Hidden units. */
  readonly factors: number;
  /** Share of the ordinal cost; the rest is the negative logarithm of the level's probability. */
  readonly ordinal: number;
}

export const cfNade = defineModel<CfNadeConfig>({
  name: "cf-nade",
  title: "CF-NADE, ratings one after the other",
  paper: "https://arxiv.org/abs/1605.09477",
  task: "rating",
  defaults: { factors: 64, ordinal: 1, levels: 5, least: 1, step: 1 },
  options: {
    factors: count("hidden units"),
    ordinal: number("share of the ordinal cost", 0, 1),
    ...levelOptions,
  },
  training: { batchSize: 1024, learningRate: 0.002, l2: 1e-4 },
  matrices: (interactions: SparseMatrix, config) => levelMatrices(interactions, config),
  build({ users, items, label }, config, nn) {
    const { factors, levels, ordinal } = config;
    const every = Array.from({ length: levels }, (_, level) => level);
    const init = { kind: "normal", stddev: 0.01 } as const;
    const told = cumulated(
      every.map((level) => nn.param(`weights/${level}`, [users.size, factors], init)),
      nn,
    );
    const shift = nn.param("hidden/bias", [factors], { kind: "zeros" });
    const hidden = (tables: readonly Tensor[]) =>
      nn.unary("tanh", nn.add(toldByRatings(tables, items.size, nn), shift));
    const output = cumulated(
      every.map((level) => nn.embed(users.id, factors, { name: `output/${level}`, init })),
      nn,
    );
    const liked = cumulated(
      every.map((level) => nn.bias(users.id, { name: `bias/${level}` })),
      nn,
    );
    const logits = (table: Tensor) => {
      const code = nn.gather(table, items.id);
      return output.map((row, level) => nn.add(nn.dot(row, code), liked[level] as Tensor));
    };
    const all = nn.table("items/hidden", () => hidden(told));
    const loss = () => {
      const { before, share } = order(users.size, nn);
      const mask = nn.expandLast(before, factors);
      const context = nn.table("items/context", () => hidden(told.map((table) => nn.mul(table, mask))));
      const after = nn.affine(nn.squeezeLast(nn.gather(nn.reshape(before, [users.size, 1]), users.id)), -1, 1);
      const cost = costOf(logits(context), sharesOf(label, config, nn), ordinal, nn);
      return nn.div(nn.mean(nn.mul(cost, after)), nn.affine(share, -1, 1));
    };
    return {
      score: nn.scope("score", () => expected(softmax(logits(all), nn), config, nn)),
      loss: nn.scope("cost", loss),
      vectors: { item: nn.gather(all, items.id) },
    };
  },
});

/** Of each level what all lower ones have, and its own. */
function cumulated(own: readonly Tensor[], nn: Builder): Tensor[] {
  const sums: Tensor[] = [];
  for (const x of own) sums.push(sums.length > 0 ? nn.add(sums.at(-1) as Tensor, x) : x);
  return sums;
}

/** Coins of a number between 0 and 1: one of 2 to this power, evenly. */
const COINS = 6;

/** Who comes before in this step's order, 1 or 0 for each of so many, and the share of them that does: any from none to all but a few. */
function order(size: number, nn: Builder): { readonly before: Tensor; readonly share: Tensor } {
  const one = nn.constant(1);
  const share = evenly("order/share", one, nn);
  const place = evenly("order/place", nn.broadcastTo(one, [size]), nn);
  const ahead = nn.affine(nn.sub(nn.broadcastTo(share, [size]), place), 2 ** COINS); // a whole number
  return { before: nn.sub(nn.unary("relu", ahead), nn.unary("relu", nn.affine(ahead, 1, -1))), share };
}

/** Numbers in [0, 1), drawn in every step, one for each of the ones: the places after the point are coins. */
function evenly(name: string, ones: Tensor, nn: Builder): Tensor {
  // dropout leaves 2 of a 1 that stays
  const coins = Array.from({ length: COINS }, (_, i) =>
    nn.affine(nn.dropout(`${name}/${i}`, 0.5)(ones), 2 ** -(i + 2)),
  );
  return sum(coins, nn);
}

/** What each row of the batch costs, `[batch]`. */
function costOf(logits: readonly Tensor[], rated: readonly Tensor[], ordinal: number, nn: Builder): Tensor {
  const logSum = logSums(logits, nn);
  const last = logits.length - 1;
  const at = (x: readonly Tensor[]) =>
    sum(
      x.map((each, level) => nn.mul(rated[level] as Tensor, each)),
      nn,
    );
  const plain = nn.sub(logSum(0, last), at(logits));
  if (ordinal === 0) return plain;
  // From the true level down, each is preferred to the lower ones; and likewise up.
  const down = logits.map((logit, level) => nn.sub(logSum(0, level), logit));
  const up = logits.map((logit, level) => nn.sub(logSum(level, last), logit));
  const lists = logits.map((_, level) => nn.add(sum(down.slice(0, level + 1), nn), sum(up.slice(level), nn)));
  const cost = at(lists);
  return ordinal === 1 ? cost : nn.add(nn.affine(cost, ordinal), nn.affine(plain, 1 - ordinal));
}

/** The logarithm of the sum of exponentials of the logits from one level to another. */
function logSums(logits: readonly Tensor[], nn: Builder): (from: number, to: number) => Tensor {
  return (from, to) => {
    const some = logits.slice(from, to + 1);
    if (some.length === 1) return some[0] as Tensor;
    const highest = some.reduce((a, b) => larger(a, b, nn));
    return nn.add(
      nn.unary(
        "log",
        sum(
          some.map((x) => nn.unary("exp", nn.sub(x, highest))),
          nn,
        ),
      ),
      highest,
    );
  };
}
