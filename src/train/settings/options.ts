import { fail } from "../../core/errors.ts";
import { nearest } from "../../core/nearest.ts";
import type { Csr, Engine } from "../../engine/contract.ts";
import type { Features } from "../../features/index.ts";
import { type Model, recommendedFor, type TrainingDefaults } from "../../nn/model.ts";
import { dataSize, type TrainingData } from "../inputs/data.ts";
import type { FittedSides } from "../inputs/features.ts";
import type { Callbacks } from "../told/events.ts";
import type { ProgressStyle } from "../told/progress/index.ts";
import { resolveSettings, trainingRules } from "./rules.ts";
import { defaults, type TrainingSettings } from "./settings.ts";

export interface CheckpointOptions {
  /** Created where missing; holds one file, replaced as a whole each time. */
  readonly directory: string;
  /** Default 1; 0 writes none at the end of epochs. */
  readonly everyEpochs?: number;
  /** Also in the middle of an epoch, when the last one is so old. Default 60; 0 writes none by time. */
  readonly everySeconds?: number;
}

/** Everything beyond plain values that `fit` takes. */
export interface FitResources {
  /** Held out to choose the epoch, with the same users and items; never the test part. A refit learns from it at last. */
  readonly validation?: TrainingData | undefined;
  /** Each user's given negatives, for the `given` protocol. */
  readonly candidates?: Csr | undefined;
  /** Further parts that negatives must avoid with `known: "all"` (validation always counts). */
  readonly heldOut?: readonly TrainingData[];
  /**
   * Further parts that the refit learns from, such as the test part, once everything is chosen and measured; the selection does
   * not see them. Needs `refit`.
   */
  readonly refitWith?: readonly TrainingData[];
  /** What is known of users, items and events besides, of the same users and items; models that read features need it. */
  readonly features?: Features | undefined;
  /** How an earlier training read features (`run.features`), to go on from its parameters. Default: learned anew. */
  readonly learnedFeatures?: FittedSides | undefined;
  /** First values by parameter name, in place of drawn ones; the others are drawn. */
  readonly initialParameters?: Readonly<Record<string, Float32Array>>;
  readonly checkpoint?: CheckpointOptions;
  /** Continue from the checkpoint directory where it holds one: the result is the uninterrupted run's, byte for byte. */
  readonly resume?: boolean;
  readonly callbacks?: Callbacks | readonly Callbacks[];
  /** Default `auto`: a bar on stderr where that is a terminal, nothing elsewhere. */
  readonly progress?: ProgressStyle;
  /** Cancels within 100 ms: `fit` rejects with TRAIN_CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Default `auto`: the fastest there is. */
  readonly engine?: "auto" | "native" | "wasm" | "reference" | Engine;
}

export type FitOptions = TrainingSettings & FitResources;

const resourceNames: { readonly [K in keyof Required<FitResources>]: true } = {
  validation: true,
  candidates: true,
  heldOut: true,
  refitWith: true,
  features: true,
  learnedFeatures: true,
  initialParameters: true,
  checkpoint: true,
  resume: true,
  callbacks: true,
  progress: true,
  signal: true,
  engine: true,
};

/** Separates plain values from the rest and checks both. Throws CONFIG_UNKNOWN and CONFIG_VALUE. */
export function resolveOptions(
  model: Model,
  train: TrainingData,
  options: Partial<FitOptions>,
): { readonly settings: TrainingSettings; readonly resources: FitResources } {
  const [plain, resources]: [Record<string, unknown>, Record<string, unknown>] = [{}, {}];
  for (const [name, value] of Object.entries(options)) {
    if (Object.hasOwn(resourceNames, name)) resources[name] = value;
    else if (Object.hasOwn(trainingRules, name)) plain[name] = value;
    else unknownOption(name);
  }
  const recommended = withinCatalogue(recommendedFor(model.definition, dataSize(train)), train);
  const settings = resolveSettings(recommended, plain as Partial<TrainingSettings>);
  checkResources(resources as FitResources, settings);
  return { settings, resources: resources as FitResources };
}

/** Nobody asked for the usual number of negatives: a catalogue that has fewer other items gives those. */
function withinCatalogue(recommended: TrainingDefaults, { items }: TrainingData): TrainingDefaults {
  const { negatives = defaults.negatives } = recommended;
  return { ...recommended, negatives: Math.max(1, Math.min(negatives, items.size - 1)) };
}

function unknownOption(name: string): never {
  const known = [...Object.keys(trainingRules), ...Object.keys(resourceNames)];
  const close = nearest(name, known);
  return fail("CONFIG_UNKNOWN", {
    what: `Training has no option "${name}"`,
    expected: known.join(", "),
    received: name,
    fix: close ? `Did you mean "${close}"?` : "Leave it out.",
    details: { known },
  });
}

const engineNames: readonly string[] = ["auto", "native", "wasm", "reference"];

function checkResources({ checkpoint, resume, ...rest }: FitResources, settings: TrainingSettings): void {
  const refuse = (what: string, fix: string) => fail("CONFIG_VALUE", { what, fix });
  if (resume && !checkpoint) refuse("resume needs a checkpoint directory", "Set checkpoint: { directory }.");
  if (typeof rest.engine === "string" && !engineNames.includes(rest.engine)) {
    refuse(`There is no engine "${rest.engine}"`, `Choose ${engineNames.join(", ")}.`);
  }
  for (const name of ["everyEpochs", "everySeconds"] as const) {
    const value = checkpoint?.[name];
    if (value === undefined || (Number.isFinite(value) && value >= 0)) continue;
    refuse(`checkpoint.${name} is ${value}`, "Give a number >= 0.");
  }
  if (settings.known === "all" && !rest.validation && !rest.heldOut?.length) {
    refuse('known "all" needs held-out data', "Pass it as validation or heldOut.");
  }
  if (rest.refitWith?.length && !settings.refit) {
    refuse("refitWith needs a refit", "Set refit to true, or leave out epochs.");
  }
  if (settings.relevant !== undefined && !rest.validation && settings.patience === 0) {
    refuse("relevant needs validation data", "Pass a held-out part as validation, or leave it out.");
  }
  if (settings.protocol === "given" && (rest.validation || settings.patience > 0) && !rest.candidates) {
    refuse('protocol "given" needs candidates', "Pass the split's candidates, or choose full or sampled-99.");
  }
}
