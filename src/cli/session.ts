import { resolve } from "node:path";
import type { EnginePreference } from "../engine/index.ts";
import { Workspace } from "./workspace/workspace.ts";

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly seed?: number;
  readonly threads?: number;
  readonly engine: EnginePreference;
  readonly workspace?: string;
  readonly store?: string;
}

/** What one command run has at hand. */
export class Session {
  readonly json: boolean;
  /** Of everything random; 1 unless chosen. */
  readonly seed: number;
  /** Undefined where nobody asked for one. */
  readonly chosenSeed: number | undefined;
  /** Worker threads; undefined: all cores. */
  readonly threads: number | undefined;
  readonly enginePreference: GlobalOptions["engine"];
  readonly workspace: Workspace;
  /** Address of the event log, where it is not in the workspace. */
  readonly store: string | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly #options: GlobalOptions;

  constructor(options: GlobalOptions, signal: AbortSignal) {
    this.#options = options;
    this.json = options.json ?? false;
    this.chosenSeed = options.seed;
    this.seed = options.seed ?? 1;
    this.threads = options.threads;
    this.enginePreference = options.engine;
    this.signal = signal;
    // An empty variable is an unset one, as usual in shells.
    const folder = options.workspace ?? (process.env["PENCHANT_WORKSPACE"] || ".penchant");
    this.workspace = new Workspace(resolve(folder));
    this.store = options.store ?? (process.env["PENCHANT_STORE"] || undefined);
  }

  /** The same session in another workspace; with a name, also with a log of its own where a store holds it. */
  within({ root }: Workspace, name?: string): Session {
    const store =
      this.store === undefined || name === undefined ? {} : { store: `${this.store.replace(/#.*$/, "")}#${name}` };
    return new Session({ ...this.#options, workspace: root, ...store }, this.signal);
  }

  /** A line for people, on stderr: stdout belongs to the answer. */
  note(text: string): void {
    process.stderr.write(`${text}\n`);
  }
}

/** What a command answers: one document for programs, text for people. */
export interface Answer {
  readonly data: object;
  /** Printed without --json. */
  text(): string;
}

export function printAnswer(session: Session, answer: Answer): void {
  process.stdout.write(`${session.json ? JSON.stringify(answer.data) : answer.text()}\n`);
}
