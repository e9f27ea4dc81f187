/** `npm run bench -- serve --items 3706 --rates 300 --soak 600`: whether the memory of a server stays where it is while it answers for long. */
import { openLoop } from "./load.ts";

export interface Soak {
  readonly url: string;
  readonly users: number;
  readonly items: number;
  readonly rate: number;
  readonly seconds: number;
  memory(): Promise<number>;
  print(text: string): void;
}

/** Pieces of time, at whose ends memory is read. */
const PIECES = 30;
/** By how much the last third may lie above the second, as a share: the first is for caches to fill. */
const GROWTH = 0.03;

/** Of ten requests: six lists of people that are known, one of a newcomer, one of similar items, one with a filter, one event of a thousand people. */
function requestOf(i: number, users: number, items: number): { readonly path: string; readonly body?: string } {
  const [user, item] = [`u${(i * 7919) % users}`, `i${(i * 31) % items}`];
  const post = (path: string, body: object) => ({ path, body: JSON.stringify(body) });
  switch (i % 10) {
    case 0:
      return post("/v1/events", { events: [{ user: `u${(i * 7) % 1000}`, item: `i${(i * 31) % 500}`, type: "view" }] });
    case 1:
      return post("/v1/recommend", { history: [item, `i${(i * 17) % items}`], k: 10 });
    case 2:
      return { path: `/v1/items/${item}/similar?k=10` };
    case 3:
      return post("/v1/recommend", { user, k: 10, filter: `id != "i${i % 50}"` });
    default:
      return { path: `/v1/users/${user}/recommendations?k=10` };
  }
}

/** Exit status: 1 where a request failed, or memory grew. */
export async function soak({ url, users, items, rate, seconds, memory, print }: Soak): Promise<number> {
  const megabytes: number[] = [];
  let [failed, asked] = [0, 0];
  print("| seconds | asked | failed | p50 ms | p99 ms | memory MB |\n|---|---|---|---|---|---|");
  for (let piece = 1; piece <= PIECES; piece++) {
    const from = asked;
    const found = await openLoop({
      url,
      rate,
      seconds: seconds / PIECES,
      next: (i) => requestOf(from + i, users, items),
    });
    asked += found.asked;
    failed += found.failed;
    megabytes.push(await memory());
    const cells = [((seconds * piece) / PIECES).toFixed(0), asked, failed, found.p50.toFixed(1), found.p99.toFixed(1)];
    print(`| ${cells.join(" | ")} | ${megabytes.at(-1)?.toFixed(0)} |`);
  }
  const third = PIECES / 3;
  const mean = (part: number[]) => part.reduce((sum, one) => sum + one, 0) / part.length;
  const growth = mean(megabytes.slice(2 * third)) / mean(megabytes.slice(third, 2 * third)) - 1;
  print(`Memory of the last third against the second: ${(100 * growth).toFixed(1)} % (${100 * GROWTH} % may be).`);
  return failed > 0 || growth > GROWTH ? 1 : 0;
}
