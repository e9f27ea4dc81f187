/** Reading what PyTorch computed (test/golden/pytorch/make.py), and the engines that must repeat it. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Engine } from "../../src/engine/contract.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import type { Plan } from "../../src/graph/plan.ts";

export type Numbers = readonly number[];
export type Named = Readonly<Record<string, Numbers>>;

export const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`pytorch/${name}.json`, import.meta.url), "utf8"));

/** Engines with the tolerance, relative to the larger of 1 and the value, that each is held to. */
export const engines: readonly { readonly engine: Engine; readonly tolerance: number }[] = [
  { engine: referenceEngine, tolerance: 2e-7 },
];

export function expectClose(
  actual: ArrayLike<number> | undefined,
  expected: Numbers,
  tolerance: number,
  what: string,
): void {
  expect(actual?.length, what).toBe(expected.length);
  const errors = Array.from(actual ?? [], (value, i) => {
    const target = expected[i] ?? Number.NaN;
    return Math.abs(value - target) / Math.max(1, Math.abs(target));
  });
  const worst = errors.indexOf(Math.max(...errors));
  const told = `${what}[${worst}]: ${actual?.[worst]}, PyTorch ${expected[worst]}`;
  expect(errors[worst], told).toBeLessThanOrEqual(tolerance);
}

export const floats = (named: Named): Record<string, Float32Array> =>
  Object.fromEntries(Object.entries(named).map(([name, values]) => [name, Float32Array.from(values)]));

/** The inputs that the plan has. */
export function feedsFor(plan: Plan, feeds: Readonly<Record<string, Int32Array | Float32Array>>) {
  const names = plan.instructions.flatMap(({ op, attrs }) =>
    op === "input" ? [(attrs as { name: string }).name] : [],
  );
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => names.includes(name)));
}
