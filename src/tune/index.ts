export { type Answer, lowerIsBetter, measureRun, type Question } from "./measure.ts";
export { type Dimension, searchSpace, type Values } from "./space.ts";
export { bestTrial, type Trial, type TuneTask, tune } from "./tune.ts";
