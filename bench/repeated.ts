import type { Contender } from "./contest.ts";

/** Work in whole pieces, repeated until the time is over; a piece returns how much it was. */
export const repeated = (name: string, piece: () => Promise<number>): Contender => ({
  name,
  async run(seconds) {
    const started = performance.now();
    const elapsed = () => (performance.now() - started) / 1000;
    let units = 0;
    while (elapsed() < seconds) units += await piece();
    return { units, seconds: elapsed() };
  },
});
