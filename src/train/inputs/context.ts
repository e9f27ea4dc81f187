import type { DataMatrices, SparseMatrix } from "../../core/csr.ts";
import { fail } from "../../core/errors.ts";
import { nearest } from "../../core/nearest.ts";
import { contextOf, endOf, heldOutContext, withoutContextOf } from "../../dataset/moments.ts";
import type { TimedCsr } from "../../dataset/timed.ts";
import {
  CLOCK,
  Encoder,
  type FeatureColumn,
  type FittedContext,
  fitFeatures,
  isClockName,
} from "../../features/index.ts";
import { CONTEXT, EVENT_CONTEXT } from "../../graph/named.ts";
import type { Catalog, Model } from "../../nn/model.ts";
import { readsData, scorePlan } from "../../nn/plans.ts";
import type { TrainingData } from "./data.ts";

export interface TrainedContext {
  readonly fitted: FittedContext;
  /** Columns and events, for models. */
  readonly sizes: NonNullable<Catalog["context"]>;
  /** `eventContext`, a row for each event of training, and `context`, one for each user of whose event nothing is known. */
  readonly matrices: DataMatrices;
  /** A row for each user with the context of the first of their held-out events. */
  heldOut(part: TrainingData): SparseMatrix;
}

export interface ContextInput {
  readonly model: Model;
  readonly catalog: Catalog;
  readonly train: TrainingData;
  /** Those that rows of training are made of; they are numbered after the interactions. */
  readonly dislikes?: TimedCsr | undefined;
  readonly columns: readonly FeatureColumn[] | undefined;
  /** Names separated by commas, or `none`. Default: all columns. */
  readonly setting: string | undefined;
  /** As an earlier training learned it. */
  readonly learned?: FittedContext | undefined;
}

/**
 * The context of events as numbers, learned of training events alone; undefined where the model looks at none. Throws CONFIG_UNKNOWN for names
 * that are neither columns nor what the time tells, CONFIG_VALUE where a model looks at no context or the data have no times,
 * FEATURE_VALUE and FEATURE_EMPTY.
 */
export function trainContext(input: ContextInput): TrainedContext | undefined {
  const { train, dislikes, columns = [], learned } = input;
  const names = learned ? learned.columns.map(({ name }) => name) : namesOf(input);
  if (names.length === 0 || !looksAtContext(input)) return undefined;
  checkNames(names, input);
  const end = endOf(train.byUser);
  const ageOf = (time: number) => ((end ?? Number.NaN) - time) / 86400;
  const parts = [train.byUser, ...(dislikes ? [dislikes] : [])];
  const events = parts.reduce((sum, { items }) => sum + items.length, 0);
  const known = parts
    .map((part) => contextOf(names, columns, part, { before: train.byUser, ageOf }))
    .reduce((first, others) =>
      first.map((column, i) => ({ ...column, values: [...column.values, ...(others[i]?.values ?? [])] })),
    );
  const told = names.filter((name) => columns.some((column) => column.name === name));
  const fitted = { ...(learned ?? fitFeatures(known, Array(events).keys())), told, ...(end !== undefined && { end }) };
  return {
    fitted,
    sizes: { columns: fitted.width, events },
    matrices: {
      [EVENT_CONTEXT]: new Encoder(fitted).rows(known, events),
      [CONTEXT]: withoutContextOf(fitted, train.users.size),
    },
    heldOut: (part) => heldOutContext(fitted, columns, part.byUser, train.byUser),
  };
}

function namesOf({ setting, columns = [] }: ContextInput): readonly string[] {
  if (setting === undefined) return columns.filter(({ kind }) => kind !== "none").map(({ name }) => name);
  return setting === "none" ? [] : [...new Set(setting.split(",").map((name) => name.trim()))];
}

/** Whether the score of a model depends on the event, where something is known of it. */
function looksAtContext({ model, catalog, setting }: ContextInput): boolean {
  const reads = readsData(scorePlan(model, { ...catalog, context: { columns: 1, events: 1 } }), CONTEXT);
  if (reads || setting === undefined) return reads;
  return fail("CONFIG_VALUE", {
    what: `"${model.definition.name}" as it is configured does not look at the context of events`,
    expected: "context=none",
    received: `context=${setting}`,
    fix: "Leave context out, or choose a model that looks at it, such as two-tower, wide-deep, deepfm, or softmax-dnn with examples=events.",
  });
}

function checkNames(names: readonly string[], { columns = [], train }: ContextInput): void {
  const known = [...columns.map(({ name }) => name), ...CLOCK];
  for (const name of names) {
    const isColumn = columns.some((column) => column.name === name);
    if (!isColumn && !isClockName(name)) {
      const close = nearest(name, known);
      fail("CONFIG_UNKNOWN", {
        what: `Nothing called "${name}" is known of the events`,
        expected: known.join(", "),
        received: name,
        fix: close ? `Did you mean "${close}"?` : "Import its column: penchant import FILE --context COLUMN.",
        details: { known },
      });
    }
    if (isColumn || train.byUser.times) continue;
    fail("CONFIG_VALUE", {
      what: `"${name}" is told by the time of events, and the interactions have no times`,
      fix: "Import a column of times, or leave it out.",
    });
  }
}
