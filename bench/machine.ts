import { readFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";

/** The machine as far as it explains speed. */
export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  /** Vector extensions that matter here, of those the processor reports. */
  readonly flags: readonly string[];
  readonly memoryGB: number;
  readonly system: string;
  /** Load average of the last minute when the benchmark started: above about 0.5, somebody else was working too. */
  readonly loadBefore: number;
  /** Share of the processors' time that went to other machines of the host while the benchmark ran. */
  readonly stolen?: number;
}

const wanted = ["avx2", "fma", "avx512f", "avx512vl", "avx512bw", "avx512_vnni", "amx_tile", "asimd", "sve"];

/** Text of a file of the system, empty where there is no such file. */
function systemFile(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Of a /proc/cpuinfo text: the flags that matter, in a fixed order. */
export function vectorFlags(cpuinfo: string): string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? "";
  const present = new Set(line.trim().split(/\s+/));
  return wanted.filter((flag) => present.has(flag));
}

export function machineFacts(): MachineFacts {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    flags: vectorFlags(systemFile("/proc/cpuinfo")),
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()} ${release()}`,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** Processor time so far, in ticks: all of it, and what the host gave to others ("steal"). Of a /proc/stat text. */
export function processorTime(stat: string): { readonly total: number; readonly stolen: number } | undefined {
  const line = /^cpu +(.*)$/m.exec(stat)?.[1];
  if (line === undefined) return undefined;
  const ticks = line.split(" ").map(Number).slice(0, 8);
  return { total: ticks.reduce((a, b) => a + b, 0), stolen: ticks[7] ?? 0 };
}

/** Call it now, and the result later: the share stolen in between, or undefined where the system does not tell. */
export function watchStolen(): () => number | undefined {
  const before = processorTime(systemFile("/proc/stat"));
  return () => {
    const after = processorTime(systemFile("/proc/stat"));
    if (!before || !after || after.total === before.total) return undefined;
    return Math.round((1000 * (after.stolen - before.stolen)) / (after.total - before.total)) / 1000;
  };
}
