/** What only this benchmark takes from the product: inner parts, which earlier revisions may not have. */
export { normal } from "../../dist/core/random.js";
export { loadEngine } from "../../dist/engine/index.js";
export { buildIndex } from "../../dist/retrieve/index-quality.js";
