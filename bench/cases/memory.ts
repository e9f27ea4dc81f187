import type { Benchmark } from "../context.ts";
export const memoryBenchmark: Benchmark = { name: "memory", title: "Memory", cases: [] };
