/** What this measurement takes from the package. */
export { loadEngine } from "../../dist/index.js";
export { type DiversityRequest, diversify } from "../../dist/rerank/index.js";
