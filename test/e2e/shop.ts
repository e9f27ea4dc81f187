import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { below, hash } from "../../src/core/random.ts";
import { answer, scratch } from "./cli.ts";

/** How a shop's events are weighed: skipping an item is disliking it. */
export const weighed = ["--event", "kind", "--event-values", "view=1,cart=3,purchase=5,skip=-1"] as const;

/**
 * A folder with `shop.csv`: 40 people of two tastes view, buy and skip 30 items, the same item again and again; in order of time. Imported
 * from it is the data set `shop`.
 */
export async function shopFolder(): Promise<string> {
  const folder = scratch();
  const kinds = ["view", "view", "view", "cart", "purchase"];
  const rows = Array.from({ length: 16 }, (_, turn) =>
    Array.from({ length: 40 }, (_, user) => {
      const isSkip = turn % 4 === 3;
      const item = 2 * below(hash(1, user, turn), 15) + ((user + (isSkip ? 1 : 0)) % 2);
      const kind = isSkip ? "skip" : kinds[below(hash(2, user, turn), 5)];
      return `u${user},i${item},${kind},${1_700_000_000 + 1000 * turn + user}`;
    }),
  );
  writeFileSync(join(folder, "shop.csv"), `user,item,kind,time\n${rows.flat().join("\n")}\n`);
  await answer(folder, "import", "shop.csv", ...weighed);
  return folder;
}
