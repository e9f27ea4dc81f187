/** Lists for newcomers: five items of each are held out, and ranked among all that they have not met. */
import { drawn, type Met, type People } from "./people.ts";
import { COUNTS, round } from "./record.ts";

const HELD_OUT = 5;
/** Known items beside the held-out ones; the fewest of those who are asked about. */
const LEAST = 55;

/** People left out whose lists are looked at. */
export const asked = ({ rows, left }: People): number[] =>
  left.filter((user) => (rows[user]?.length ?? 0) >= LEAST + HELD_OUT);

/** Everybody, those asked about without what is held out. */
export function withoutHeldOut(people: People): (readonly Met[])[] {
  const hidden = new Set(asked(people));
  return people.rows.map((row, user) => (hidden.has(user) ? drawn(row, user).slice(HELD_OUT) : row));
}

/** Mean NDCG@10 with each number of known items, and with all of them at the end. */
export async function rankings(
  people: People,
  ask: (known: readonly Met[], user: number) => Promise<Float64Array>,
  counts: readonly number[] = [...COUNTS, people.items],
): Promise<number[]> {
  const users = asked(people);
  const found: number[] = [];
  for (const count of counts) {
    let sum = 0;
    for (const user of users) {
      const order = drawn(people.rows[user] ?? [], user);
      const rest = order.slice(HELD_OUT);
      sum += ndcg(await ask(rest.slice(0, count), user), rest, order.slice(0, HELD_OUT));
    }
    found.push(round(sum / users.length));
  }
  return found;
}

function ndcg(found: Float64Array, met: readonly Met[], held: readonly Met[]): number {
  const banned = new Set(met.map(({ item }) => item));
  const relevant = new Set(held.map(({ item }) => item));
  const order = [...found.keys()].filter((item) => !banned.has(item));
  order.sort((a, b) => (found[b] ?? 0) - (found[a] ?? 0) || a - b);
  const gain = (place: number) => 1 / Math.log2(place + 2);
  const dcg = order.slice(0, 10).reduce((sum, item, place) => sum + (relevant.has(item) ? gain(place) : 0), 0);
  return dcg / held.reduce((sum, _, place) => sum + gain(place), 0);
}
