/** Sizes the engine's calls: short enough that progress, cancelling and timed checkpoints stay prompt. */
export interface Pacer {
  /** Steps of the next call, at most `left`. */
  next(left: number): number;
  /** How long a call of so many steps took. */
  observe(steps: number, seconds: number): void;
}

/** A call that took no measurable time must not blow the next one up. */
const MAX_GROWTH = 8;

/** Starts with one step and aims at calls of `target` seconds. */
export function createPacer(target: number): Pacer {
  let size = 1;
  return {
    next: (left) => Math.max(1, Math.min(size, left)),
    observe(steps, seconds) {
      const ideal = seconds > 0 ? Math.round((steps * target) / seconds) : Number.POSITIVE_INFINITY;
      size = Math.max(1, Math.min(ideal, size * MAX_GROWTH));
    },
  };
}
