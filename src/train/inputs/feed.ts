import { rowNumbers } from "../../core/csr.ts";
import { fail } from "../../core/errors.ts";
import { popularityTable } from "../../dataset/popularity.ts";
import { chosen, type TimedCsr } from "../../dataset/timed.ts";
import { unionOf } from "../../dataset/union.ts";
import type { Csr, FeedSpec, NegativeDistribution } from "../../engine/contract.ts";
import type { Model, Task } from "../../nn/model.ts";
import type { FitResources } from "../settings/options.ts";
import type { TrainingSettings } from "../settings/settings.ts";
import { checkPositive, met, type TrainingData } from "./data.ts";

export interface FeedInput {
  readonly task: Task;
  readonly train: TrainingData;
  readonly settings: TrainingSettings;
  readonly resources: Pick<FitResources, "validation" | "heldOut">;
  /** Never draw what nobody has in training: where features tell what is new, it must not be learned to be bad. Default false. */
  readonly metItemsAlone?: boolean;
}

const kinds = {
  pointwise: "pairs",
  pairwise: "triples",
  rating: "ratings",
  positives: "ratings",
  rows: "rows",
  solve: "ratings",
  none: "ratings",
} as const;

/** Which rows a run sees. Throws TRAIN_DATA where there are none, CONFIG_VALUE where negatives cannot be drawn. */
export function feedSpec({ task, train, settings, resources, metItemsAlone = false }: FeedInput): FeedSpec {
  const { validation, heldOut = [] } = resources;
  const [users, items] = [train.users.size, train.items.size];
  const interactions = train.byUser;
  if (interactions.items.length === 0) fail("TRAIN_DATA", { what: "There are no interactions to train on" });
  if (task === "rating" && !interactions.values) {
    fail("TRAIN_DATA", {
      what: "The rating task needs values, and the interactions have none",
      fix: "Choose a model for implicit data, such as neumf or bpr-mf, or import a column of ratings.",
    });
  }
  if (task === "rating") checkValues(interactions);
  const others = settings.known === "all" ? [...(validation ? [validation] : []), ...heldOut] : [];
  const known = [train, ...others].map((part) => met(part).byUser).reduce((all, part) => unionOf(all, part));
  const dislikes = labelled(task, train);
  if (task === "pointwise" || task === "pairwise") checkNegatives(settings.negatives, items, users, known);
  return {
    kind: kinds[task],
    negatives: settings.negatives,
    distribution: distribution(train, settings, metItemsAlone),
    shuffle: settings.shuffle ? "rows" : "none",
    users,
    items,
    interactions,
    known,
    ...(dislikes && { dislikes }),
  };
}

/** The dislikes that rows can be made of: in pairs of items, those of users who like something. */
export function labelled(task: Task, { byUser, dislikes }: TrainingData): TimedCsr | undefined {
  if (task !== "pointwise" && task !== "pairwise") return undefined;
  if (!dislikes || task === "pointwise") return dislikes;
  const owners = rowNumbers(dislikes);
  const likesAny = (user: number) => (byUser.offsets[user + 1] as number) > (byUser.offsets[user] as number);
  const some = chosen(dislikes, (at) => likesAny(owners[at] as number));
  return some.items.length > 0 ? some : undefined;
}

/** An unknown value (NaN) would make the loss NaN, which would look like a learning rate that is too high. */
function checkValues({ values = new Float32Array(0) }: Csr): void {
  const unknown = values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
  if (unknown === 0) return;
  fail("TRAIN_DATA", {
    what: `The rating task needs values, and ${unknown} of ${values.length} interactions have none`,
    fix: "Leave them out: interactions.filter(({ value }) => !Number.isNaN(value)).",
  });
}

/** Weights are what a loss multiplies by: none may turn it round. Losses of a model's own are looked at with their plan. */
export function checkWeights({ definition }: Pick<Model, "definition">, task: Task, { values }: Csr): void {
  if (task === "rating" || (task === "solve" && !definition.weighs)) {
    fail("CONFIG_VALUE", {
      what: task === "rating" ? "The rating task has no weights" : `"${definition.name}" has no weights`,
      expected: "weights=none",
      received: "weights=values",
      fix: "Leave weights out, or choose a model that has them, such as neumf, bpr-mf or ials.",
    });
  }
  if (!values) {
    fail("TRAIN_DATA", {
      what: "Interactions are to count by their values, and have none",
      fix: "Import a column of values, or kinds of events with values (--event-values purchase=5,view=1).",
    });
  }
  checkPositive(values, "Interactions");
}

function distribution(train: TrainingData, settings: TrainingSettings, metItemsAlone: boolean): NegativeDistribution {
  if (settings.negativeSampling === "uniform") {
    return metItemsAlone ? popularityTable(train.catalog().itemCounts, 0) : { kind: "uniform" };
  }
  return popularityTable(train.catalog().itemCounts, settings.negativeExponent);
}

function checkNegatives(negatives: number, items: number, users: number, known: Csr): void {
  if (negatives >= items) {
    fail("CONFIG_VALUE", {
      what: `${negatives} negatives per positive are more than the catalogue can give`,
      expected: `at most ${items - 1}, with ${items} items`,
      received: String(negatives),
      fix: items > 1 ? "Ask for fewer negatives." : "Import data with more than one item.",
    });
  }
  const full = (user: number) => (known.offsets[user + 1] ?? 0) - (known.offsets[user] ?? 0) >= items;
  for (let user = 0; user < users; user++) if (!full(user)) return;
  fail("TRAIN_DATA", {
    what: "Every user knows every item, so that there is nothing to tell apart",
    fix: "Choose a rating model such as biased-mf, or import data with items that users do not have.",
  });
}
