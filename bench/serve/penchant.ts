/** What only this benchmark takes from the product: inner parts, which earlier revisions may not have. */
export { type Artifact, saveArtifact } from "../../dist/artifact/index.js";
export { neuMf } from "../../dist/models/neumf.js";
export { defineModel } from "../../dist/nn/model.js";
export { count } from "../../dist/nn/options.js";
export { foldInPlans, initialParameters, itemVectorPlan, scorePlan } from "../../dist/nn/plans.js";
