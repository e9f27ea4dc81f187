export type { ProfileLabel, ProfilePhase } from "./label.ts";
export { type ProfileOptions, profileTraining, type TrainingProfile } from "./run.ts";
export { type ProfileOrder, type ProfileRow, type ProfileTable, profileTable } from "./table.ts";
