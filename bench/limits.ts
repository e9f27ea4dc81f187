import { isAbsent, type Peer, type Python, startPeer } from "./peer.ts";
import type { Limit } from "./result.ts";
import { rounded } from "./statistics.ts";
import type { Work } from "./work.ts";

/** What the machine reached just now: FLOP/s of a large float32 matrix product, bytes/s of a large copy. */
export interface Peak {
  readonly flops: number;
  readonly bytes: number;
}

/** Measures the machine, through PyTorch's matrix product and copy: somebody else's code, so no limit of our own making. */
export class MachineGauge {
  readonly #peer: Promise<Peer | undefined>;

  constructor(python: Python, threads: number) {
    this.#peer = startPeer(python, { name: "machine", module: "machine", options: { threads } }).then((peer) =>
      isAbsent(peer) ? undefined : peer,
    );
  }

  /** Undefined where there is nothing to measure with. */
  async measure(seconds = 0.6): Promise<Peak | undefined> {
    return (await this.#peer)?.call<Peak>("run", { seconds });
  }

  async close(): Promise<void> {
    (await this.#peer)?.close();
  }
}

/** The higher of two measurements, each rate for itself: a limit is the best that was seen. */
export const higher = (a: Peak, b: Peak): Peak => ({
  flops: Math.max(a.flops, b.flops),
  bytes: Math.max(a.bytes, b.bytes),
});

/** The roofline of one unit of work on a machine with those peaks, and where `rate` units per second stand below it. */
export function limitOf({ flops, bytes }: Work, peak: Peak, rate: number): Limit {
  const [byFlops, byBytes] = [peak.flops / flops, peak.bytes / bytes];
  return {
    flops: rounded(flops),
    bytes: rounded(bytes),
    machineFlops: rounded(peak.flops),
    machineBytes: rounded(peak.bytes),
    byFlops: rounded(byFlops),
    byBytes: rounded(byBytes),
    share: rounded(rate / Math.min(byFlops, byBytes)),
  };
}
