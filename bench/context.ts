import type { Contender } from "./contest.ts";
import type { DataSet } from "./data/dataset.ts";
import type { SharedFolder } from "./data/files.ts";
import type { MachineGauge } from "./limits.ts";
import type { MachineFacts } from "./machine.ts";
import type { Engine } from "./penchant.ts";
import type { Pythons } from "./pythons.ts";
import type { CaseResult } from "./result.ts";

/** Plays a prepared case alone, in turns that another process asks for, and ends with them. */
export type Solo = (prepared: { readonly ours: Contender; readonly unit: string }) => Promise<never>;

/** What every case of a run shares. */
export interface Context {
  readonly root: string;
  readonly engine: Engine;
  readonly data: DataSet;
  readonly folder: SharedFolder;
  readonly pythons: Pythons;
  readonly gauge: MachineGauge;
  /** As it was found when the command started. */
  readonly machine: MachineFacts;
  readonly rounds: number;
  readonly seconds: number;
  readonly threads: number;
  /** Versions of the peers' packages that were met, by package; cases add to it. */
  readonly versions: Record<string, string>;
  /** Takes the place of a contest where two revisions are compared. */
  readonly solo?: Solo;
  /** One line about what is going on. */
  say(text: string): void;
}

/** One line of a benchmark. */
export interface Case {
  readonly id: string;
  run(context: Context): Promise<CaseResult | readonly CaseResult[]>;
}

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  readonly cases: readonly Case[];
}
