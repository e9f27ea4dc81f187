import { describe, expect, test } from "vitest";
import { bestPeer, type Contender, play } from "./contest.ts";

/** A contender that does `rates[i]` units a second in its i-th turn and notes each turn in `log`. */
function scripted(name: string, rates: readonly number[], log: string[]): Contender {
  let turn = 0;
  return {
    name,
    async run(seconds) {
      log.push(name);
      return { units: (rates[turn++] ?? 0) * seconds, seconds };
    },
  };
}

describe("a contest", () => {
  test("everyone has one turn a round, and who begins moves on", async () => {
    const log: string[] = [];
    const [a, b, c] = ["a", "b", "c"].map((name) => scripted(name, [1, 1, 1], log)) as [
      Contender,
      Contender,
      Contender,
    ];
    await play(a, [b, c], { rounds: 3, seconds: 1, pause: 0 });
    expect(log.join("")).toBe("abcbcacab");
  });

  test("nobody works while another does", async () => {
    let working = 0;
    const contender = (name: string): Contender => ({
      name,
      async run(seconds) {
        expect(++working).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 2));
        working--;
        return { units: 1, seconds };
      },
    });
    await play(contender("a"), [contender("b")], { rounds: 2, seconds: 1, pause: 0 });
    expect.assertions(4);
  });

  test("rates are units per second, ratios are of the same round", async () => {
    const log: string[] = [];
    const { ours, peers } = await play(scripted("a", [20, 40, 90], log), [scripted("b", [10, 40, 30], log)], {
      rounds: 3,
      seconds: 2,
      pause: 0,
    });
    expect(ours.rate.values).toEqual([20, 40, 90]);
    expect(peers[0]?.ratio.values).toEqual([2, 1, 3]);
  });

  test("without peers there are rates and no best peer", async () => {
    const { ours, peers } = await play(scripted("a", [5], []), [], { rounds: 1, seconds: 1, pause: 0 });
    expect(ours.rate.median).toBe(5);
    expect(bestPeer(peers)).toBeUndefined();
  });

  test("the best peer is the one with the highest median rate", async () => {
    const peers = [scripted("slow", [1, 1, 99], []), scripted("fast", [2, 2, 2], [])];
    const scores = await play(scripted("us", [4, 4, 4], []), peers, { rounds: 3, seconds: 1, pause: 0 });
    expect(bestPeer(scores.peers)?.name).toBe("fast");
  });
});
