/**
 * `npm run bench -- rerank`: milliseconds of choosing a page of ten among 100 candidates, by each method that looks at how alike they are, by the core
 * and, beside it in turns, by the definition in JavaScript. Vectors are made up; scaling them to length 1 is counted, and so is the way into the core and
 * back. The median of 2,001 calls after 500.
 */
import { median } from "../statistics.ts";
import { type DiversityRequest, diversify, loadEngine } from "./penchant.ts";

const [CANDIDATES, K, CALLS, WARM] = [100, 10, 2001, 500];
const METHODS = ["mmr", "msd", "dpp", "ssd"] as const;
const TRAITS: Readonly<Record<string, DiversityRequest["traits"]>> = {
  "64 numbers": vectors(64),
  "256 numbers": vectors(256),
  "3 of 20 kinds": kinds(),
};
const print = (text: string): void => void process.stdout.write(`${text}\n`);

function vectors(width: number): DiversityRequest["traits"] {
  return { width, vectors: Float32Array.from({ length: CANDIDATES * width }, (_, at) => Math.sin(at * 12.9898)) };
}

function kinds(): DiversityRequest["traits"] {
  const own = (place: number) => [place % 6, 6 + ((place * 5) % 7), 13 + ((place * 3) % 7)];
  const offsets = Int32Array.from({ length: CANDIDATES + 1 }, (_, place) => 3 * place);
  const items = Int32Array.from(Array.from({ length: CANDIDATES }, (_, place) => own(place)).flat());
  return { things: 20, sets: { offsets, items } };
}

/** Medians of calls that take turns. */
async function milliseconds(calls: readonly (() => unknown)[]): Promise<number[]> {
  const times = calls.map((): number[] => []);
  for (let i = 0; i < WARM + CALLS; i++) {
    for (const [at, call] of calls.entries()) {
      const started = performance.now();
      await call();
      if (i >= WARM) times[at]?.push(performance.now() - started);
    }
  }
  return times.map(median);
}

/** Exit status. */
export async function main(): Promise<number> {
  const engine = await loadEngine();
  const scores = Float64Array.from({ length: CANDIDATES }, (_, place) => 1 / (1 + place));
  const heads = Object.keys(TRAITS).map((name) => `${name}, ms: ${engine.name} | JavaScript | times`);
  print(`| ${CANDIDATES} candidates, page of ${K} | ${heads.join(" | ")} |`);
  print(`|---|${heads.map(() => "--:|--:|--:").join("|")}|`);
  for (const method of METHODS) {
    const cells: string[] = [];
    for (const traits of Object.values(TRAITS)) {
      const request = { scores, traits, diversity: { method }, k: K };
      const [own = 0, defined = 0] = await milliseconds([() => engine.diversify(request), () => diversify(request)]);
      cells.push(own.toFixed(3), defined.toFixed(3), (defined / own).toFixed(1));
    }
    print(`| ${method} | ${cells.join(" | ")} |`);
  }
  return 0;
}
