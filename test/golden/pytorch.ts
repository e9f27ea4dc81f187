/** Reading what PyTorch computed (test/golden/pytorch/make.py), and the engines that must repeat it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/contract.ts";
import { loadEngine } from "../../src/engine/index.ts";
import { referenceEngine } from "../../src/engine/reference/index.ts";
import type { Plan } from "../../src/graph/plan.ts";
import { nativeEngine } from "../support/native-engine.ts";

export type Numbers = readonly number[];
export type Named = Readonly<Record<string, Numbers>>;

export const read = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`pytorch/${name}.json`, import.meta.url), "utf8"));

const native = await nativeEngine();
const wasm = await loadEngine("wasm");

/**
 * Runs the tests for each engine, with the tolerance that it is held to, relative to the larger of 1 and the value: the
 * reference computes in float64 and is off by the rounding of what it returns; the others compute in float32.
 */
export function describeEngines(body: (engine: Engine, tolerance: number) => void): void {
  describe("reference engine", () => body(referenceEngine, 2e-7));
  describe("wasm engine", () => body(wasm, 2e-6));
  const { engine } = native;
  if (engine) describe("native engine", () => body(engine, 2e-6));
  else test.skip(native.reason, () => {});
}

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
