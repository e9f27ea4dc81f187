/**
 * `npm run bench -- serve --gorse PATH`: lists of the same data (MovieLens 1M, see `loadData`), by the same client, of `penchant serve` and of gorse in turn.
 * gorse answers from lists that it has made before, here some minutes; Penchant scores the catalogue at each request.
 */
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { loadData } from "../data/index.ts";
import type { Csr } from "../penchant.ts";
import { gorseOf, listPath } from "./gorse.ts";
import { openLoop } from "./load.ts";
import { head, print, row } from "./rows.ts";
import { memoryOf, penchant, type Server, serve, type Way, withFolder } from "./servers.ts";

export interface Beside {
  readonly gorse: string;
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
}

/** Exit status: 1 where one of our requests failed. */
export async function beside(way: Way, { gorse, rates, seconds, rounds }: Beside): Promise<number> {
  const { name, users, items, train } = loadData(way.root);
  print(`${name}\n`);
  return await withFolder((ours) =>
    withFolder(async (theirs) => {
      const servers: Server[] = [];
      try {
        servers.push(await penchantOf(way, ours, train), await gorseOf(gorse, theirs, train, print));
        const sides = [
          { what: "penchant", path: (user: number) => `/v1/users/u${user}/recommendations?k=10` },
          { what: "gorse", path: listPath },
        ].map((side, i) => ({ ...side, server: servers[i] as Server }));
        let failed = 0;
        head();
        for (const rate of rates) {
          for (let round = 0; round < rounds; round++) {
            for (const { what, path, server } of round % 2 === 0 ? sides : sides.toReversed()) {
              const next = (i: number) => ({ path: path((i * 7919) % users) });
              await openLoop({ url: server.url, rate: Math.min(rate, 100), seconds: 1, next }); // warm
              const found = await openLoop({ url: server.url, rate, seconds, next });
              if (what === "penchant") failed += found.failed;
              row(items, what, rate, found, memoryOf(server));
            }
          }
        }
        return failed > 0 ? 1 : 0;
      } finally {
        for (const { child } of servers) child.kill("SIGKILL");
      }
    }),
  );
}

/** A product of vectors of 64, learned for three epochs: what is measured does not depend on how good it is. */
async function penchantOf(way: Way, folder: string, train: Csr): Promise<Server> {
  const file = createWriteStream(join(folder, "ratings.csv"));
  file.write("user,item\n");
  for (let user = 0; user + 1 < train.offsets.length; user++) {
    const row = train.items.subarray(train.offsets[user], train.offsets[user + 1]);
    file.write(Array.from(row, (item) => `u${user},i${item}\n`).join(""));
  }
  await finished(file.end());
  penchant(way.root, folder, ["import", "ratings.csv"]);
  const settings = ["--split", "none", "--epochs", "3", "--set", "factors=64"];
  penchant(way.root, folder, ["train", "bpr-mf", "--run", "random", ...settings]);
  return serve(way, folder, ["random"]);
}
