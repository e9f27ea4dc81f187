/** What only this benchmark takes from the product: parts that earlier revisions may not have. */
export { addFeatures, importDataset } from "../../dist/dataset/index.js";
export { loadEngine } from "../../dist/engine/index.js";
export { models } from "../../dist/models/index.js";
export { fit } from "../../dist/train/index.js";
