import { play } from "../contest.ts";
import { times } from "../format.ts";
import type { Options } from "../options.ts";
import { isAbsent, type Peer, startProcess } from "../peer.ts";
import type { Summary } from "../statistics.ts";
import { type Checkout, serverOf } from "./checkout.ts";

/** A case of this checkout beside the same case of an earlier one. */
export interface BaseComparison {
  readonly id: string;
  readonly change: "slower" | "faster" | "same" | "incomparable";
  readonly text: string;
}

/** Less than this is the noise of two processes on a quiet machine. */
export const TOLERANCE = 0.05;

/**
 * Plays one case in two processes, one of each checkout, in turns: a ratio of the same minute on the same machine, which no
 * recorded figure can be. A case that either cannot play is incomparable, with the reason.
 */
export async function compareWithBase(
  id: string,
  { root, base, options }: { readonly root: string; readonly base: Checkout; readonly options: Options },
): Promise<BaseComparison> {
  const start = async (name: string, folder: string) => {
    const command = {
      command: process.execPath,
      args: [serverOf(folder), id],
      env: { ...process.env, PENCHANT_DATA: dataOf(root) },
    };
    return startProcess(name, command, { threads: options.threads });
  };
  const [now, before] = [await start("now", root), await start(base.commit, base.folder)];
  try {
    for (const side of [now, before]) {
      if (isAbsent(side))
        return { id, change: "incomparable", text: `${id}: ${side.name} cannot play it: ${side.reason}` };
    }
    return verdict(id, base.commit, await ratios(now as Peer, before as Peer, options));
  } finally {
    for (const side of [now, before]) if (!isAbsent(side)) side.close();
  }
}

/** Both sides read the same data, wherever the other checkout lies. */
const dataOf = (root: string): string => process.env["PENCHANT_DATA"] ?? `${root}/../shared/data`;

async function ratios(now: Peer, before: Peer, { rounds, seconds }: Options): Promise<Summary> {
  for (const side of [now, before]) await side.run(Math.min(0.5, seconds)); // warm
  const { peers } = await play(now, [before], { rounds, seconds });
  return (peers[0] as (typeof peers)[number]).ratio;
}

/**
 * Slower where the middle ratio is by more than noise, and so many rounds were that chance would show as many in less than
 * one of twenty comparisons (sign test): five of five, eight of nine. Faster likewise.
 */
export function verdict(id: string, commit: string, { median, min, max, values }: Summary): BaseComparison {
  const agree = (isSo: (ratio: number) => boolean) => chance(values.filter(isSo).length, values.length) < 0.05;
  const isSlower = median < 1 - TOLERANCE && agree((ratio) => ratio < 1);
  const isFaster = median > 1 + TOLERANCE && agree((ratio) => ratio > 1);
  const change = isSlower ? "slower" : isFaster ? "faster" : "same";
  const range = `${times(min)} … ${times(max)}`;
  const text = `${id}: ${times(median)} of ${commit} (${range}): ${change === "same" ? "within noise" : change}`;
  return { id, change, text };
}

/** Probability that a fair coin shows at least so many heads in n throws. */
function chance(heads: number, n: number): number {
  let ways = 1; // n over k, for k = 0, 1 …
  let tail = 0;
  for (let k = 0; k <= n; k++) {
    if (k >= heads) tail += ways;
    ways = (ways * (n - k)) / (k + 1);
  }
  return tail / 2 ** n;
}
