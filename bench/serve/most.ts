/** `npm run bench -- serve --most 39`: the most requests a second of which 99 of 100 are answered within so many milliseconds. */
import type { Latencies } from "./load.ts";

/** Steps between the highest rate that is carried and the lowest that is not, as a share. */
const CLOSE = 0.05;

/** The highest rate that is carried, found by doubling and halving; `tell` hears of every try. Undefined where not even `from` is. */
export async function mostCarried(
  from: number,
  within: number,
  load: (rate: number) => Promise<Latencies>,
  tell: (rate: number, found: Latencies) => void,
): Promise<number | undefined> {
  const carries = async (rate: number): Promise<boolean> => {
    const found = await load(rate);
    tell(rate, found);
    return isCarried(found, rate, within);
  };
  let [low, high] = [0, from];
  while (await carries(high)) [low, high] = [high, 2 * high];
  while (high - low > CLOSE * high && (low > 0 || high > from / 16)) {
    const middle = Math.round((low + high) / 2);
    if (await carries(middle)) low = middle;
    else high = middle;
  }
  return low > 0 ? low : undefined;
}

/** A rate is carried where nothing fails, what is asked is answered as fast as it comes, and 99 of 100 in time. */
export const isCarried = ({ failed, rate: answered, p99 }: Latencies, asked: number, within: number): boolean =>
  failed === 0 && p99 < within && answered > 0.95 * asked;
