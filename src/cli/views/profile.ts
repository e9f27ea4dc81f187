import pc from "picocolors";
import type { ProfileRow } from "../../train/index.ts";
import { duration, grouped } from "../format.ts";
import type { ProfiledModel } from "../profiling.ts";
import { facts, table } from "../table.ts";

/** What the steps cost as a whole, then line by line. */
export function formatProfile(profiled: ProfiledModel): string {
  const { model, dataset, users, items, interactions, engine, threads, batchSize, steps, samples, seconds } = profiled;
  const { samplesPerSecond, gigaflopsPerSecond, gigabytesPerSecond, phases, rows } = profiled;
  const size = `${grouped(users)} users, ${grouped(items)} items, ${grouped(interactions)} interactions`;
  const shares = Object.entries(phases).map(([phase, percent]) => `${phase} ${percent.toFixed(1)} %`);
  return [
    facts([
      ["model", model],
      ["data", `${dataset ?? "film club (synthetic)"}: ${size}`],
      ["engine", `${engine}, ${threads} ${threads === 1 ? "thread" : "threads"}`],
      ["steps", `${grouped(steps)} of ${grouped(batchSize)} samples, ${duration(seconds)}`],
      ["speed", `${grouped(Math.round(samplesPerSecond))} samples/s, ${grouped(samples)} in all`],
      ["rates", `${rate(gigaflopsPerSecond)} GFLOP/s, ${rate(gigabytesPerSecond)} GB/s, all threads together`],
      ["time", shares.join(", ")],
    ]),
    "",
    table(["", "phase", "shape", "time %", "ns/sample", "GFLOP/s", "GB/s", "calls"], rows.map(cells)),
    pc.dim("ns per sample count all threads; GFLOP/s and GB/s are those of one thread; bytes wherever they lie."),
  ].join("\n");
}

const cells = (row: ProfileRow): string[] => [
  row.label,
  row.phase,
  row.shape ? `[${row.shape.join(", ")}]` : "",
  row.percent.toFixed(1),
  row.nanosecondsPerSample.toFixed(1),
  rate(row.gigaflopsPerSecond),
  rate(row.gigabytesPerSecond),
  grouped(row.calls),
];

const rate = (value: number): string => (value === 0 ? "–" : value.toFixed(value < 10 ? 2 : 1));
