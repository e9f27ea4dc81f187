import { readFileSync } from "node:fs";

/**
 * Milliseconds that this thread has computed, and has been ready to run but waited for a processor. Linux counts both for
 * the first thread of a process; elsewhere wall-clock time stands for the former.
 */
function clocks(): { readonly now: number; readonly computed: number; readonly waited: number } {
  const now = performance.now();
  try {
    const [computed = "0", waited = "0"] = readFileSync("/proc/self/schedstat", "utf8").split(" ");
    return { now, computed: Number(computed) / 1e6, waited: Number(waited) / 1e6 };
  } catch {
    return { now, computed: now, waited: 0 };
  }
}

/** How the turns of an event loop went, in milliseconds. */
export interface Turns {
  /** The longest stretch of computing in one turn. Exact on a busy machine too, but blind to waiting for others. */
  readonly longestWork: number;
  /** 99 of 100 turns were shorter than this, time that the machine gave to other processes left out. */
  readonly almostAll: number;
}

/** Starts a timer that wants its turn every millisecond; the answer ends it. */
export function watchEventLoop(): () => Turns {
  const turns: number[] = [];
  let [last, longestWork, isOn] = [clocks(), 0, true];
  const turn = () => {
    const next = clocks();
    turns.push(next.now - last.now - (next.waited - last.waited));
    longestWork = Math.max(longestWork, next.computed - last.computed);
    last = next;
    if (isOn) setTimeout(turn, 1);
  };
  setTimeout(turn, 1);
  return () => {
    isOn = false;
    turn();
    turns.sort((a, b) => a - b);
    return { longestWork, almostAll: turns[Math.floor(0.99 * turns.length)] ?? 0 };
  };
}
