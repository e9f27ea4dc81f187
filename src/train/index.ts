export { type ArtifactFacts, toArtifact } from "./artifact.ts";
export { hasCheckpoint } from "./checkpoint.ts";
export { met, type TrainingData } from "./data.ts";
export type { Estimate } from "./estimate.ts";
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
} from "./events.ts";
export { type FittedSides, trainFeatures } from "./features.ts";
export { fit } from "./fit.ts";
export { checkLogloss, checkMetric } from "./metric.ts";
export type { CheckpointOptions, FitOptions, FitResources } from "./options.ts";
export {
  type ProfileOptions,
  type ProfileOrder,
  type ProfilePhase,
  type ProfileRow,
  type ProfileTable,
  profileTable,
  profileTraining,
  type TrainingProfile,
} from "./profile/index.ts";
export { type ProgressListener, type ProgressStream, type ProgressStyle, progressListener } from "./progress/index.ts";
export { metricName } from "./progress/text.ts";
export { optionsWithoutEffect, resolveSettings, settingsOf, trainingRules } from "./rules.ts";
export { parameterCount, type Refit, type Run, scoresLogits } from "./run.ts";
export { defaults, type TrainingSettings } from "./settings.ts";
export { grownParameters } from "./warm-start.ts";
export type { TrainingWarning } from "./warnings.ts";
