import { checkArgument, has } from "../core/argument.ts";
import { fail } from "../core/errors.ts";

/** Throws CONFIG_VALUE unless k is a whole number from 1 to `most`. */
export function checkK(k: number, most: number): number {
  if (Number.isInteger(k) && k >= 1 && k <= most) return k;
  return fail("CONFIG_VALUE", {
    what: k > most ? "k is larger than the catalogue" : "k is not a positive whole number",
    expected: `a whole number from 1 to ${most}`,
    received: String(k),
    fix: `Ask for at most ${most} items.`,
    details: { k, items: most },
  });
}

/** Throws CONFIG_VALUE where a run, or an engine, is something else. */
export function checkAnswering(saved: unknown, engine: unknown, name: string): void {
  const call = `${name}(saved, engine)`;
  const isSaved = has(saved, "metadata", "users", "items") || has(saved, "members");
  checkArgument(isSaved, saved, {
    ...{ call, name: "the run", expected: "what loadSaved, loadArtifact or toArtifact gave" },
    ...(typeof saved === "string" && { fix: `Load it: ${name}(await loadSaved(path), engine).` }),
  });
  checkArgument(has(engine, "scorer"), engine, { call, name: "the engine", expected: "what await loadEngine() gave" });
}
