/**
 * A deep belief net of ratings: an item is the ratings it got; a Boltzmann machine learns units that tell which go together, another one
 * which of these units do, and so on, each when the one below has learned. Then the whole is one deep network from the ratings
 * up to the last units and down again, and learns to foretell ratings.
 *
 * Hinton, Osindero & Teh, "A Fast Learning Algorithm for Deep Belief Nets", Neural Computation 2006, section 4 (layers greedily, one after the
 * other); Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", Science 2006 (unrolled and fine-tuned); the
 * first layer as in `rbm`: Salakhutdinov, Mnih & Hinton, ICML 2007.
 *
 * Choices where implementations differ: a rating is the step, so that an item counts in the layers above as often as it is rated; the way down
 * has the weights of the way up (the paper unties them when it fine-tunes); probabilities go up and down, and what is drawn is
 * drawn for contrastive divergence alone. In fine-tuning a share of the people is left out of each step's codes, since otherwise a
 * rating would be foretold from itself. Somebody new is rows of the weights, fitted to their ratings.
 */
import type { SparseMatrix } from "../core/csr.ts";
import type { Tensor } from "../graph/tensor.ts";
import { meanSquaredError } from "../nn/losses.ts";
import { defineModel } from "../nn/model.ts";
import { count, number, widths } from "../nn/options.ts";
import type { Stage } from "../nn/stages.ts";
import { downward, meanRating, ratingDivergence, type UnitLayer, unitDivergence, upward } from "./boltzmann.ts";
import { keptRows } from "./content.ts";
import { type Levels, levelMatrices, levelOptions, sharesOf, toldByRatings } from "./levels.ts";

export interface DbnConfig extends Levels {
  /** Units of the first layer, which look at ratings. */
  readonly factors: number;
  /** Units of the layers above it, from the lowest. */
  readonly hidden: readonly number[];
  /** Epochs of each layer before the whole is tuned. */
  readonly pretraining: number;
  /** Share of the people whom a step of fine-tuning leaves out of the codes. */
  readonly dropout: number;
}

const layerName = (layer: number): string => `layer/${layer}`;

export const dbn = defineModel<DbnConfig>({
  name: "dbn",
  title: "Deep belief net of ratings",
  paper: "https://doi.org/10.1162/neco.2006.18.7.1527",
  task: "rating",
  defaults: { factors: 64, hidden: [32], pretraining: 10, dropout: 0.5, levels: 5, least: 1, step: 1 },
  options: {
    factors: count("units of the first layer, which look at ratings"),
    hidden: widths("units of the layers above it, from the lowest"),
    pretraining: count("epochs of each layer before the whole is tuned"),
    dropout: number("share of people that a step of fine-tuning leaves out of the codes", 0, 1, true),
    ...levelOptions,
  },
  training: { batchSize: 4096, learningRate: 0.002, l2: 1e-4 },
  stages: ({ hidden, pretraining }): readonly Stage[] => [
    ...[0, ...hidden].map(
      (_, layer): Stage => ({
        name: layerName(layer + 1),
        learns: [layerName(layer + 1)],
        training: { epochs: pretraining, learningRate: 0.005 },
      }),
    ),
    { name: "fine-tuning" },
  ],
  matrices: (interactions: SparseMatrix, config) => levelMatrices(interactions, config),
  build({ users, items, label }, config, nn) {
    const { factors, hidden, levels, dropout } = config;
    const first = layerName(1);
    const init = { kind: "normal", stddev: 0.01 } as const;
    const every = Array.from({ length: levels }, (_, level) => level);
    const weights = every.map((level) => nn.param(`${first}/weights/${level}`, [users.size, factors], init));
    const liked = every.map((level) => nn.bias(users.id, { name: `${first}/bias/${level}` }));
    const shift = nn.param(`${first}/hidden/bias`, [factors], { kind: "zeros" });
    const own = weights.map((table) => nn.gather(table, users.id));
    const above = hidden.map((width, i): UnitLayer => {
      const name = layerName(i + 2);
      const below = hidden[i - 1] ?? factors;
      return {
        weights: nn.param(`${name}/weights`, [below, width], init),
        below: nn.param(`${name}/below`, [below], { kind: "zeros" }),
        above: nn.param(`${name}/above`, [width], { kind: "zeros" }),
      };
    });

    const told = (tables: readonly Tensor[]): Tensor => nn.add(toldByRatings(tables, items.size, nn), shift);
    /** Probabilities of the units of every layer, from the lowest. */
    const unitsOf = (input: Tensor): readonly Tensor[] => {
      const units = [nn.unary("sigmoid", input)];
      for (const layer of above) units.push(nn.unary("sigmoid", upward(units.at(-1) as Tensor, layer, nn)));
      return units;
    };
    /** What the first units get when everything goes up and comes down again; where there is one layer alone, it is what ratings tell. */
    const unrolled = (input: Tensor): Tensor =>
      [...above].reverse().reduce(
        (units, layer, i) => {
          const down = downward(units, layer, nn);
          return i + 1 < above.length ? nn.unary("sigmoid", down) : down;
        },
        above.length > 0 ? (unitsOf(input).at(-1) as Tensor) : input,
      );
    const foretold = (input: Tensor): Tensor => meanRating({ input, own, liked }, config, nn);

    const sums = nn.table("items/told", () => told(weights));
    const codes = nn.table("items/code", () => unrolled(sums));
    const some = () => {
      const people = keptRows("people/kept", dropout, users.size, nn);
      return told(weights.map((table) => nn.mul(table, nn.expandLast(people, factors))));
    };
    const learned = dropout > 0 ? nn.table("items/part", () => unrolled(some())) : codes;
    const input = nn.gather(sums, items.id);
    const layers = () => {
      const units = unitsOf(input);
      return above.map((layer, i) => unitDivergence(`divergence/${i + 2}`, units[i] as Tensor, layer, nn));
    };
    const energies = { input, own, liked, rated: sharesOf(label, config, nn) };
    const pretraining = [ratingDivergence(energies, nn), ...layers()];
    return {
      score: nn.scope("score", () => foretold(nn.gather(codes, items.id))),
      loss: nn.scope("loss", () => meanSquaredError(foretold(nn.gather(learned, items.id)), label)),
      stages: Object.fromEntries(pretraining.map((loss, i) => [layerName(i + 1), { loss }])),
      vectors: { item: nn.unary("sigmoid", nn.gather(codes, items.id)) },
    };
  },
});
