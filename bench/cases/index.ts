import type { Benchmark } from "../context.ts";
import { biasedMfBenchmark } from "./biased-mf.ts";
import { bprMfBenchmark } from "./bpr-mf.ts";
import { bprQualityBenchmark } from "./bpr-quality.ts";
import { lightGcnBenchmark } from "./lightgcn.ts";
import { memoryBenchmark } from "./memory.ts";
import { neuMfBenchmark } from "./neumf.ts";
import { productBenchmarks } from "./product.ts";
import { recboleLightGcnBenchmark, recboleNeuMfBenchmark } from "./recbole.ts";
import { multVaeBenchmark, sasRecBenchmark } from "./rows.ts";
import { scoreNeuMfBenchmark } from "./score-neumf.ts";
import { easeBenchmark, ialsBenchmark } from "./solved.ts";
import { threadsBenchmark } from "./threads.ts";
import { topKDotBenchmark } from "./topk-dot.ts";

/** Every benchmark, in the order of the table and the picture; numbers are the ratios aimed at. */
export const benchmarks: readonly Benchmark[] = [
  neuMfBenchmark(8, { 256: 25, 4096: 5 }),
  neuMfBenchmark(64, { 256: 2.5, 4096: 1.6 }),
  recboleNeuMfBenchmark,
  bprMfBenchmark,
  bprQualityBenchmark,
  biasedMfBenchmark,
  lightGcnBenchmark,
  recboleLightGcnBenchmark,
  sasRecBenchmark,
  multVaeBenchmark,
  ialsBenchmark(64),
  ialsBenchmark(192),
  easeBenchmark,
  topKDotBenchmark,
  scoreNeuMfBenchmark(8, 15),
  scoreNeuMfBenchmark(64, 4),
  threadsBenchmark,
  memoryBenchmark,
  ...productBenchmarks,
];
