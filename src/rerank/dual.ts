/**
 * Prices that make lists of many people keep rules that speak of all of them together: "a tenth of all places for new items". A linear program over the
 * choices of everybody is solved by its dual (Boyd and Vandenberghe, Convex Optimization, ch. 5; for pages: Agarwal et al., SIGIR 2012): a price for each
 * rule, under which everybody's best list can be chosen alone.
 */

/** The candidates of one person. */
export interface Choice {
  /** What each candidate is worth. */
  readonly values: ArrayLike<number>;
  /** What each candidate adds to each rule: candidates × rules, a candidate after the other. */
  readonly amounts: ArrayLike<number>;
}

/** The mean of what chosen candidates add to a rule, over all places. */
export interface Bound {
  readonly bound: number;
  readonly is: "least" | "most";
}

export interface Prices {
  /** At least 0, in the unit of the values: added for what a rule wants at least, taken off for what it wants at most. */
  readonly prices: readonly number[];
  /** Mean over all places of each rule, and of the value, when lists are chosen by these prices. */
  readonly reached: readonly number[];
  readonly value: number;
  /** No choice that keeps the rules is worth more (weak duality). */
  readonly most: number;
  /** Whether every rule is kept. Where none can be found that keeps them all, the prices are those that miss by least. */
  readonly isMet: boolean;
}

/** Rounds of the subgradient before each price is set exactly, and of the latter at most. */
const [DESCENT, ROUNDS, HALVINGS] = [150, 12, 30];
/** Of a bound that is a sum of floating-point numbers. */
const SLACK = 1e-9;

/** @param k Places of a list. */
export function solvePrices(choices: readonly Choice[], bounds: readonly Bound[], k: number): Prices {
  const span = spanOf(choices);
  const signs = bounds.map(({ is }) => (is === "least" ? 1 : -1));
  let least = Number.POSITIVE_INFINITY;
  let best: Tried | undefined;
  const attempt = (prices: readonly number[]): Tried => {
    const { reached, value } = priceLists(choices, bounds, prices, k);
    const missing = reached.map((mean, i) => signOf(signs, i) * ((bounds[i] as Bound).bound - mean));
    const dual = missing.reduce((sum, one, i) => sum - (prices[i] as number) * one, value);
    least = Math.min(least, dual);
    const miss = Math.max(0, ...missing);
    const tried = { prices: [...prices], reached, value, missing, miss: miss <= SLACK ? 0 : miss };
    if (!best || tried.miss < best.miss || (tried.miss === best.miss && tried.value > best.value)) best = tried;
    return tried;
  };
  const prices = descend(
    attempt,
    bounds.map(() => 0),
    span,
  );
  for (let round = 0; round < ROUNDS; round++) {
    const before = [...prices];
    for (const i of prices.keys()) prices[i] = exact(attempt, prices, i, span);
    if (prices.every((price, i) => Math.abs(price - (before[i] as number)) <= 1e-9 * span)) break;
  }
  const { reached, value, miss, prices: kept } = best as Tried;
  return { prices: kept, reached, value, most: least, isMet: miss === 0 };
}

interface Tried {
  readonly prices: readonly number[];
  readonly reached: readonly number[];
  readonly value: number;
  /** By how much each rule is missed; below 0: it is kept with room to spare. */
  readonly missing: readonly number[];
  readonly miss: number;
}
type Attempt = (prices: readonly number[]) => Tried;

const signOf = (signs: readonly number[], i: number): number => signs[i] as number;

/** The dual's projected subgradient with steps that shrink as 1 / sqrt(round); returns the mean of the later half, near the best prices. */
function descend(attempt: Attempt, start: readonly number[], span: number): number[] {
  let prices = [...start];
  const mean = start.map(() => 0);
  if (attempt(prices).miss === 0) return prices;
  for (let round = 0; round < DESCENT; round++) {
    const { missing } = attempt(prices);
    const step = span / Math.sqrt(round + 1);
    prices = prices.map((price, i) => Math.max(0, price + step * (missing[i] as number)));
    if (2 * round < DESCENT) continue;
    for (const [i, price] of prices.entries()) mean[i] = (mean[i] as number) + (2 * price) / DESCENT;
  }
  return mean;
}

/** The lowest price at which a rule is kept, the others as they are: what it adds grows with its price. */
function exact(attempt: Attempt, prices: readonly number[], at: number, span: number): number {
  const misses = (price: number) => (attempt(prices.with(at, price)).missing[at] as number) > SLACK;
  if (!misses(0)) return 0;
  const limit = span * 4 ** (2 + prices.length);
  let high = Math.max(prices[at] as number, span / 64);
  while (misses(high)) {
    if (high > limit) return high; // no price is high enough: nobody has more of it
    high *= 2;
  }
  let low = 0;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (misses(middle)) low = middle;
    else high = middle;
  }
  return high;
}

/** Everybody's best list under prices, ties by the earlier place: the means over all places of what it adds to rules, and of its value. */
export function priceLists(
  choices: readonly Choice[],
  bounds: readonly Bound[],
  prices: readonly number[],
  k: number,
): Pick<Prices, "reached" | "value"> {
  const signs = bounds.map(({ is }) => (is === "least" ? 1 : -1));
  const width = prices.length;
  const sums = new Float64Array(width);
  let value = 0;
  let places = 0;
  for (const { values, amounts } of choices) {
    const priced = Float64Array.from({ length: values.length }, (_, i) => {
      let sum = values[i] as number;
      for (let rule = 0; rule < width; rule++)
        sum += signOf(signs, rule) * (prices[rule] as number) * (amounts[i * width + rule] as number);
      return sum;
    });
    for (const i of firstOf(priced, k)) {
      places++;
      value += values[i] as number;
      for (let rule = 0; rule < width; rule++)
        sums[rule] = (sums[rule] as number) + (amounts[i * width + rule] as number);
    }
  }
  return { reached: Array.from(sums, (sum) => sum / places), value: value / places };
}

/** Places of the k highest, ties by the earlier place. */
function firstOf(scores: Float64Array, k: number): number[] {
  const list: number[] = [];
  for (const [place, score] of scores.entries()) {
    if (list.length === k && score <= (scores[list[k - 1] as number] as number)) continue;
    let at = list.length;
    while (at > 0 && score > (scores[list[at - 1] as number] as number)) at--;
    list.splice(at, 0, place);
    if (list.length > k) list.pop();
  }
  return list;
}

/** The largest difference of two values of one person, which a price has to make up for; 1 where there is none. */
function spanOf(choices: readonly Choice[]): number {
  let span = 0;
  for (const { values } of choices) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < values.length; i++) {
      low = Math.min(low, values[i] as number);
      high = Math.max(high, values[i] as number);
    }
    if (high > low) span = Math.max(span, high - low);
  }
  return span || 1;
}
