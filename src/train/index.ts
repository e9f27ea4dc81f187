export { type ArtifactFacts, toArtifact } from "./artifact.ts";
export { hasCheckpoint } from "./checkpoint/checkpoint.ts";
export { fit } from "./fit.ts";
export { met, type TrainingData } from "./inputs/data.ts";
export { type FittedSides, trainFeatures } from "./inputs/features.ts";
export type { Estimate } from "./prepare/estimate.ts";
export { parameterCount, type Refit, type Run, scoresLogits } from "./run.ts";
export { checkLogloss, checkMetric } from "./settings/metric.ts";
export type { CheckpointOptions, FitOptions, FitResources } from "./settings/options.ts";
export { optionsWithoutEffect, resolveSettings, settingsOf, trainingRules } from "./settings/rules.ts";
export { defaults, type TrainingSettings } from "./settings/settings.ts";
export type { TrainingWarning } from "./settings/warnings.ts";
export type {
  Callbacks,
  CheckpointEvent,
  EndEvent,
  EpochAccess,
  EpochEvent,
  EpochRecord,
  FailEvent,
  ProgressEvent,
  RefitEvent,
  StageEvent,
  StageRecord,
  StartEvent,
  TrainEvent,
  TrainingPhase,
  ValidatingEvent,
  ValidationFacts,
  ValidationRecord,
  WarningEvent,
} from "./told/events.ts";
export {
  type ProfileOptions,
  type ProfileOrder,
  type ProfilePhase,
  type ProfileRow,
  type ProfileTable,
  profileTable,
  profileTraining,
  type TrainingProfile,
} from "./told/profile/index.ts";
export {
  type ProgressListener,
  type ProgressStream,
  type ProgressStyle,
  progressListener,
} from "./told/progress/index.ts";
export { metricName } from "./told/progress/text.ts";
export { grownParameters } from "./warm-start.ts";
