/**
 * `npm run bench -- rerank`: milliseconds of choosing a page of ten among 100 candidates, by each method that looks at how alike they are. Vectors are
 * made up; scaling them to length 1 is counted. The median of 2,001 calls after 500.
 */
import { median } from "../statistics.ts";
import { cosineOf, dpp, mmr, msd, ssd } from "./penchant.ts";

const [CANDIDATES, K, CALLS, WARM] = [100, 10, 2001, 500];
const print = (text: string): void => void process.stdout.write(`${text}\n`);

interface Bench {
  readonly scores: Float64Array;
  readonly vectors: Float32Array;
  readonly width: number;
}

const methods: Readonly<Record<string, (bench: Bench) => Int32Array>> = {
  mmr: ({ scores, vectors, width }) => mmr(scores, cosineOf(vectors, width), { k: K }),
  msd: ({ scores, vectors, width }) => msd(scores, cosineOf(vectors, width), { k: K }),
  dpp: ({ scores, vectors, width }) => dpp(scores, cosineOf(vectors, width), { k: K }),
  ssd: ({ scores, vectors, width }) => ssd(scores, vectors, width, { k: K }),
};

function madeUp(width: number): Bench {
  return {
    width,
    scores: Float64Array.from({ length: CANDIDATES }, (_, place) => 1 / (1 + place)),
    vectors: Float32Array.from({ length: CANDIDATES * width }, (_, at) => Math.sin(at * 12.9898)),
  };
}

function milliseconds(call: () => Int32Array): number {
  for (let i = 0; i < WARM; i++) call();
  return median(
    Array.from({ length: CALLS }, () => {
      const started = performance.now();
      call();
      return performance.now() - started;
    }),
  );
}

/** Exit status. */
export function main(): number {
  const widths = [64, 256];
  print(`| ${CANDIDATES} candidates, page of ${K} | ${widths.map((width) => `${width} numbers, ms`).join(" | ")} |`);
  print(`|---|${widths.map(() => "--:").join("|")}|`);
  for (const [name, order] of Object.entries(methods)) {
    const cells = widths.map((width) => {
      const bench = madeUp(width);
      return milliseconds(() => order(bench)).toFixed(3);
    });
    print(`| ${name} | ${cells.join(" | ")} |`);
  }
  return 0;
}
