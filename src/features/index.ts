export { pairedCell } from "./cells.ts";
export { CLOCK, type ClockName, clockCell, clockColumn, clockGiven, isClockName, type Moment } from "./clock.ts";
export { Encoder } from "./encode.ts";
export { fieldOf } from "./field.ts";
export { fitFeatures } from "./fit.ts";
export { categoriesIn, numbersIn } from "./groups.ts";
export { guessKind, type KindGuess } from "./guess.ts";
export {
  columnsNamed,
  featureColumn,
  type Joined,
  type JoinOptions,
  type JoinReport,
  joinFeatures,
  type KnownIds,
  type Table,
} from "./join.ts";
export { packPicture, packVector } from "./picture.ts";
export { type FeatureReport, reportFeatures } from "./report.ts";
export {
  type Cell,
  type FeatureColumn,
  type FeatureRow,
  type Features,
  type FittedContext,
  type FittedFeature,
  type FittedFeatures,
  KINDS,
  type Kind,
} from "./types.ts";
