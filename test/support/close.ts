import { expect } from "vitest";

export interface Tolerance {
  /** Relative to the largest magnitude of the expected array. */
  readonly rtol: number;
  readonly atol: number;
}

/** Fails with the worst element, its index and both values. */
export function expectClose(
  actual: ArrayLike<number> | undefined,
  expected: ArrayLike<number> | undefined,
  { rtol, atol }: Tolerance,
  what: string,
): void {
  if (!actual || !expected) throw new Error(`${what}: missing`);
  expect(actual.length, `${what}: length`).toBe(expected.length);
  if (expected.length === 0) return;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) scale = Math.max(scale, Math.abs(expected[i] ?? 0));
  const limit = atol + rtol * scale;
  let worst = 0;
  for (let i = 0; i < actual.length; i++)
    if (!(difference(actual, expected, i) <= difference(actual, expected, worst))) worst = i;
  const error = difference(actual, expected, worst);
  if (error <= limit) return;
  throw new Error(
    `${what}[${worst}]: ${actual[worst]} instead of ${expected[worst]}, off by ${error}, allowed ${limit}`,
  );
}

const difference = (a: ArrayLike<number>, b: ArrayLike<number>, i: number): number =>
  Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN));

/** The same for all arrays of a record, which must have the same names. */
export function expectAllClose(
  actual: Readonly<Record<string, ArrayLike<number>>>,
  expected: Readonly<Record<string, ArrayLike<number>>>,
  tolerance: Tolerance,
): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const name of Object.keys(expected)) expectClose(actual[name], expected[name], tolerance, name);
}
