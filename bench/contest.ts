import { pairRatios, type Summary, summarize } from "./statistics.ts";

/** Work done in one turn: how much of the case's unit, in how many seconds of the contender's own clock. */
export interface Turn {
  readonly units: number;
  readonly seconds: number;
}

/** Somebody who can do the work. Only one works at a time. */
export interface Contender {
  readonly name: string;
  /** Works for about that long; work that has no smaller part than a whole may take longer. */
  run(seconds: number): Promise<Turn>;
}

/** A contender's rates, in units per second. */
export interface Score {
  readonly name: string;
  readonly rate: Summary;
}

export interface PeerScore extends Score {
  /** Our rate divided by this peer's, round by round. */
  readonly ratio: Summary;
}

export interface Scores {
  readonly ours: Score;
  readonly peers: readonly PeerScore[];
}

export interface Pace {
  readonly rounds: number;
  readonly seconds: number;
  /** Pause before each turn: the previous one's threads stop spinning, the processor cools down. Milliseconds. */
  readonly pause?: number;
  onRound?(round: number): void;
}

/** Rounds in which each contender has one turn; who begins moves on with each round. */
export async function play(ours: Contender, peers: readonly Contender[], pace: Pace): Promise<Scores> {
  const everyone = [ours, ...peers];
  const rates = everyone.map((): number[] => []);
  for (let round = 0; round < pace.rounds; round++) {
    pace.onRound?.(round);
    for (let turn = 0; turn < everyone.length; turn++) {
      const who = (round + turn) % everyone.length;
      await new Promise((resolve) => setTimeout(resolve, pace.pause ?? 300));
      const done = await everyone[who]?.run(pace.seconds);
      if (done) rates[who]?.push(done.units / done.seconds);
    }
  }
  const [own = [], ...others] = rates;
  return {
    ours: { name: ours.name, rate: summarize(own) },
    peers: peers.map(({ name }, i) => ({
      name,
      rate: summarize(others[i] ?? []),
      ratio: pairRatios(own, others[i] ?? []),
    })),
  };
}

/** The fastest of the peers: theirs is the figure that counts. */
export function bestPeer<P extends PeerScore>(peers: readonly P[]): P | undefined {
  return peers.toSorted((a, b) => b.rate.median - a.rate.median)[0];
}
