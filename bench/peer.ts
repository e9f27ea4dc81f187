import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Contender, Turn } from "./contest.ts";

/** So many lines of what a process said last are shown. */
const LAST_LINES = 8;

/** A peer that cannot take part: not installed, or it failed. */
export interface Absent {
  readonly name: string;
  readonly reason: string;
}

interface Answer {
  readonly answer?: unknown;
  readonly absent?: string;
  readonly error?: string;
}

/** What a peer says about itself once it is ready. */
export interface Introduction {
  readonly versions: Readonly<Record<string, string>>;
  readonly notes?: string;
}

/** A process that answers one JSON line to each JSON line it is sent (`peers/peer.py` is the other end). */
export class PeerProcess {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  /** How it ended, once its last words have arrived as well. */
  readonly #ended: Promise<string>;
  #log = "";

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-4000);
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once("close", (code, signal) => resolve(signal ?? `exit status ${code}`));
    });
    this.#child.stdin?.on("error", () => {}); // the process is gone; the missing answer says so
    const failed = new Promise<never>((_, reject) => this.#child.once("error", reject));
    failed.catch(() => {});
    const lines = this.#child.stdout
      ? createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
      : undefined;
    this.#answers = { next: () => Promise.race([failed, lines?.next() ?? failed]) };
  }

  /** Throws where the peer answers with an error, says that it is absent, or ends. */
  async call<T>(method: string, values: Readonly<Record<string, unknown>> = {}): Promise<T> {
    this.#child.stdin?.write(`${JSON.stringify({ call: method, with: values })}\n`);
    const line = await this.#answers.next();
    if (line.done) throw new Error(`the process ended (${await this.#ended}): ${lastWords(this.#log)}`);
    const { answer, absent, error } = JSON.parse(line.value) as Answer;
    if (absent !== undefined) throw new Error(absent);
    if (error !== undefined) throw new Error(error);
    return answer as T;
  }

  close(): void {
    this.#child.stdin?.end();
    this.#child.kill();
  }
}

/** The end of a log, where the reason stands; in Node its own version and the trace come after it. */
function lastWords(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "" && !/^\s+at |^Node\.js v/.test(line));
  return lines.slice(-LAST_LINES).join("\n");
}

/** A ready peer of a contest. */
export interface Peer extends Contender {
  readonly versions: Readonly<Record<string, string>>;
  readonly notes: string | undefined;
  call<T>(method: string, values?: Readonly<Record<string, unknown>>): Promise<T>;
  close(): void;
}

/** Name, module of `peers/` and options of one; `version` names the package whose version is shown beside the name. */
export interface PeerPlan {
  readonly name: string;
  readonly module: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Starts a peer and lets it prepare; a peer that cannot is absent, which is not an error. */
export async function startPeer(python: Python, plan: PeerPlan): Promise<Peer | Absent> {
  if (python.command === undefined) return { name: plan.name, reason: python.reason };
  return startProcess(plan.name, { ...python, args: ["-u", python.server, plan.module] }, plan.options);
}

/** A program and how it is called. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** The same for any program that speaks as `peers/peer.py` does. */
export async function startProcess(
  name: string,
  { command, args, env }: Program,
  options: Readonly<Record<string, unknown>>,
): Promise<Peer | Absent> {
  const process = new PeerProcess(command, args, env);
  try {
    const { versions, notes } = await process.call<Introduction>("prepare", options);
    return {
      name,
      versions,
      notes,
      run: (seconds) => process.call<Turn>("run", { seconds }),
      call: (method, values) => process.call(method, values),
      close: () => process.close(),
    };
  } catch (problem) {
    process.close();
    return { name, reason: (problem as Error).message };
  }
}

export const isPresent = (peer: Peer | Absent): peer is Peer => !("reason" in peer);
export const isAbsent = (peer: Peer | Absent): peer is Absent => "reason" in peer;

/** Where a Python with the peers' packages is, or why there is none. */
export type Python = { readonly server: string; readonly env: NodeJS.ProcessEnv } & (
  | { readonly command: string }
  | { readonly command?: undefined; readonly reason: string }
);
