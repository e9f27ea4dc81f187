import { below } from "../core/random.ts";

/**
 * `count` distinct integers of [0, n), every subset equally likely, ascending: Floyd's algorithm, which needs one draw
 * per chosen number and memory for those alone. `draw(i)` gives the i-th random u32. All of [0, n) where count >= n.
 *
 * Bentley and Floyd, "Programming pearls: a sample of brilliance", CACM 30(9), 1987.
 */
export function choose(count: number, n: number, draw: (i: number) => number): Int32Array {
  if (count >= n) return Int32Array.from({ length: n }, (_, i) => i);
  if (count === 1) return Int32Array.of(below(draw(0), n));
  const chosen = new Set<number>();
  for (let i = 0; i < count; i++) {
    const largest = n - count + i;
    const candidate = below(draw(i), largest + 1);
    chosen.add(chosen.has(candidate) ? largest : candidate);
  }
  return Int32Array.from(chosen).sort();
}
