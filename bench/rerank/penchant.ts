/** What this measurement takes from the package. */
export { cosineOf, dpp, mmr, msd, ssd } from "../../dist/rerank/index.js";
