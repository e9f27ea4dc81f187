import type { NegativeDistribution } from "../engine/contract.ts";
export const popularityDistribution = (_c: Float32Array, _e: number): NegativeDistribution => ({ kind: "uniform" });
