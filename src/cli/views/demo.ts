import pc from "picocolors";
import type { Demo } from "../demo.ts";
import { duration } from "../format.ts";
import { formatComparison } from "./comparison.ts";
import { formatRecommendations } from "./recommendations.ts";

export function formatDemo({ comparison, recommendations, seconds }: Demo): string {
  return [
    formatComparison(comparison),
    formatRecommendations(recommendations),
    pc.dim(
      `All of it in ${duration(seconds)}. The data are synthetic: they show how it works, not how well it does on yours.`,
    ),
    "Go on: penchant data film-club · penchant evaluate film-club-neumf · penchant import YOUR-FILE",
  ].join("\n\n");
}
