/** Items that a run has not met, known by their features alone: they are answered at once, nothing is trained. */
import { type Artifact, type EnsembleMember, isEnsemble, type Saved } from "../artifact/types.ts";
import { appended, withRoom } from "../core/appended.ts";
import type { Csr } from "../core/csr.ts";
import { fail, PenchantError } from "../core/errors.ts";
import { type Id, idText } from "../core/id.ts";
import { dense, run, type Value } from "../engine/reference/evaluate.ts";
import type { FeatureRow } from "../features/index.ts";
import { itemRows, namesOf, withItemCount } from "../graph/item-rows.ts";
import { dataName, ITEM_FEATURES } from "../graph/named.ts";
import type { Instruction, Plan } from "../graph/plan.ts";
import { verify } from "../graph/verify.ts";
import { idsOf } from "./ids.ts";
import { encoded } from "./known-features.ts";
import { matricesBy } from "./tables.ts";

/** An item that the run has not met, and what is known of it. */
export interface NewItem {
  readonly id: Id;
  /** Values by feature; what is not named is not known. */
  readonly features: FeatureRow;
}

/** Throws DATA_ID for what is no item at all. */
export function checkItem(item: unknown): void {
  if (typeof item === "object" && item !== null && !Array.isArray(item)) return;
  fail("DATA_ID", {
    what: "The new item is no item",
    expected: "{ id, features }",
    received: JSON.stringify(item) ?? String(item),
  });
}

/**
 * The run with further items; of an ensemble, every member has to answer for them. Where it reads ids of items too, theirs are 0: not known. Throws CONFIG_VALUE where the run knows an
 * item already, FEATURE_MISSING where it does not answer by features, FEATURE_UNKNOWN, FEATURE_VALUE, DATA_ID.
 */
export function withItems<S extends Saved>(saved: S, added: readonly NewItem[]): S;
export function withItems(saved: Saved, added: readonly NewItem[]): Saved {
  if (!isEnsemble(saved)) return grownArtifact(saved, added);
  const members = saved.members.map((member) => ({ ...member, artifact: grownArtifact(member.artifact, added) }));
  const { items, popularity } = (members[0] as EnsembleMember).artifact;
  return { ...saved, members, items, popularity };
}

function grownArtifact(artifact: Artifact, added: readonly NewItem[]): Artifact {
  const { plans, items, parameters, popularity, matrices } = artifact;
  const ids = added.map(({ id }) => idText(id, "The new item"));
  const known = idsOf(items);
  const named = new Set<string>();
  for (const id of ids) {
    if (named.has(id) || known.indexOf(id) !== undefined) knownAlready(id);
    named.add(id);
  }
  const rows = encoded(
    artifact,
    "items",
    added.map(({ features }) => features),
  );
  const count = items.length + added.length;
  const growing = growingTables(artifact);
  const own = ownRows(artifact, rows, added.length);
  const zeros = (values: Float32Array) => new Float32Array((values.length / items.length) * added.length);
  const longer = ([name, values]: readonly [string, Float32Array]) =>
    [name, growing.parameters.has(name) ? appended(values, own[name] ?? zeros(values)) : values] as const;
  // What features do not tell of them is not known: their rows of other matrices are empty.
  const nothing: Csr = { offsets: new Int32Array(added.length + 1), items: new Int32Array(0) };
  const deeper = ([name, all]: readonly [string, Csr]) =>
    [name, growing.matrices.has(name) ? below(all, name === ITEM_FEATURES ? rows : nothing) : all] as const;
  return {
    ...artifact,
    plans: grownPlans(plans, items.length, count),
    items: known.followedBy(ids),
    parameters: Object.fromEntries(Object.entries(parameters).map(longer)),
    ...(matrices && { matrices: Object.fromEntries(Object.entries(matrices).map(deeper)) }),
    popularity: appended(popularity, zeros(popularity)),
  };
}

/** Names of what has a row for each item. */
function growingTables({ plans, items }: Pick<Artifact, "plans" | "items">) {
  const { score, foldIn, history, influence, itemVectors, itemTables } = plans;
  const all = [score, foldIn?.score, history?.score, influence, itemVectors, itemTables];
  return {
    parameters: new Set(all.flatMap((plan) => (plan ? namesOf(plan, itemRows(plan, items.length)) : []))),
    matrices: new Set([ITEM_FEATURES, ...matricesBy(score, "item")]),
  };
}

/** The same run with room behind the tables that grow, so that taking in the first item does not copy them all at once; lets others have their turn. */
export async function withRoomForItems<S extends Saved>(saved: S): Promise<S>;
export async function withRoomForItems(saved: Saved): Promise<Saved> {
  if (!isEnsemble(saved)) return roomy(saved);
  const members: EnsembleMember[] = [];
  for (const member of saved.members) members.push({ ...member, artifact: await roomy(member.artifact) });
  return { ...saved, members };
}

async function roomy(artifact: Artifact): Promise<Artifact> {
  const { parameters, matrices, popularity } = artifact;
  const growing = growingTables(artifact);
  const tables = await eachOf(parameters, (values, name) => (growing.parameters.has(name) ? withRoom(values) : values));
  const wide =
    matrices && (await eachOf(matrices, (matrix, name) => (growing.matrices.has(name) ? roomyRows(matrix) : matrix)));
  return { ...artifact, parameters: tables, ...(wide && { matrices: wide }), popularity: await withRoom(popularity) };
}

async function roomyRows({ offsets, items, values = ones(items.length) }: Csr): Promise<Csr> {
  return { offsets: await withRoom(offsets), items: await withRoom(items), values: await withRoom(values) };
}

/** One after another, for each takes memory. */
async function eachOf<T>(all: Readonly<Record<string, T>>, make: (one: T, name: string) => T | Promise<T>) {
  const made: Record<string, T> = {};
  for (const [name, one] of Object.entries(all)) made[name] = await make(one, name);
  return made;
}

/** Their rows of the tables that come of features, by the run's own definition; rows of ids among what they are made of are 0. */
function ownRows({ plans, parameters, items }: Artifact, rows: Csr, count: number): Record<string, Float32Array> {
  if (!plans.itemTables) return {};
  const made = itemRows(plans.itemTables, items.length);
  const plan = withItemCount(plans.itemTables, items.length, count);
  const unknown = new Set(namesOf(plans.itemTables, made));
  const given = Object.fromEntries(
    Object.entries(parameters).map(([name, values]) => [
      name,
      unknown.has(name) ? new Float32Array((values.length / items.length) * count) : values,
    ]),
  );
  const nothing = (x: Instruction) => ({
    offsets: new Int32Array((x.shape[0] as number) + 1),
    items: new Int32Array(),
  });
  const data = Object.fromEntries(
    plan.instructions.flatMap((x) => (x.op === "data" ? [[dataName(x) as string, nothing(x)] as const] : [])),
  );
  const tables = run(plan, 1, given, {}, undefined, { ...data, [ITEM_FEATURES]: rows });
  return Object.fromEntries(
    Object.entries(plan.outputs)
      .filter(([, slot]) => made.has(slot))
      .map(([name]) => [name, Float32Array.from(dense(tables[name] as Value))]),
  );
}

/** Whether a run answers for items that it has not met, by their features. */
export const answersNewItems = ({ plans, items }: Artifact): boolean =>
  attempt(() => grownPlans(plans, items.length, items.length + 1)) !== undefined;

/** The plans for more items. Throws FEATURE_MISSING where the run does not answer for items by their features. */
function grownPlans(plans: Artifact["plans"], from: number, to: number): Artifact["plans"] {
  const { foldIn, influence, itemVectors, history, score, itemTables } = plans;
  const reads = [score, itemTables].some((plan) => plan?.instructions.some((x) => dataName(x) === ITEM_FEATURES));
  const grow = (plan: Plan): Plan => {
    const bigger = reads ? attempt(() => withItemCount(plan, from, to)) : undefined;
    return bigger && isWhole(bigger) ? bigger : withoutFeatures();
  };
  return {
    ...plans,
    score: grow(score),
    ...(foldIn && { foldIn: { ...foldIn, score: grow(foldIn.score) } }),
    ...(history && { history: { ...history, score: grow(history.score) } }),
    influence: influence && grow(influence),
    itemVectors: itemVectors && grow(itemVectors),
    ...(itemTables && { itemTables: grow(itemTables) }),
  };
}

const withoutFeatures = (): never =>
  fail("FEATURE_MISSING", {
    what: "The run does not answer for items by their features",
    fix: "Train a model that reads them (two-tower, ncf-features, content-attention, softmax-dnn, vbpr, lightgcn) on a data set with features of items: it answers for new ones at once.",
  });

const isWhole = (plan: Plan): boolean => attempt(() => verify(plan) ?? true) === true;

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof PenchantError) return undefined;
    throw error;
  }
}

/** Rows of one matrix below those of another. */
function below(a: Csr, b: Csr): Csr {
  const shift = a.items.length;
  return {
    offsets: appended(
      a.offsets,
      b.offsets.subarray(1).map((at) => at + shift),
    ),
    items: appended(a.items, b.items),
    values: appended(a.values ?? ones(a.items.length), b.values ?? ones(b.items.length)),
  };
}

const ones = (length: number) => new Float32Array(length).fill(1);

function knownAlready(id: string): never {
  return fail("CONFIG_VALUE", {
    what: `The run knows the item ${JSON.stringify(id)} already`,
    fix: "Leave it out; to learn from its features anew, train again.",
    details: { item: id },
  });
}
