import { describe, expect, test } from "vitest";
import { penchantError } from "../../../core/errors.ts";
import { defaults } from "../../settings/settings.ts";
import type { TrainEvent } from "../events.ts";
import { bar, drawBar } from "./bar.ts";
import { progressListener } from "./index.ts";
import { jsonLines } from "./json.ts";
import { lines } from "./lines.ts";
import { bytes, compact, duration, metricName } from "./text.ts";

const start: TrainEvent & { type: "start" } = {
  type: "start",
  model: "neumf",
  engine: "native",
  settings: { ...defaults, epochs: 2, patience: 0 },
  estimate: { parameters: 392_601, rowsPerEpoch: 4_970_845, stepsPerEpoch: 19_418, memoryBytes: 2 ** 27, seconds: 42 },
  validation: { metric: "ndcg@10", protocol: "sampled-99", seed: 3 },
  resumedEpochs: 0,
};
const progress = (step: number): TrainEvent & { type: "progress" } => ({
  type: "progress",
  phase: "selection",
  epoch: 1,
  epochs: 2,
  step,
  stepsPerEpoch: 100,
  loss: 0.51234,
  learningRate: 0.001,
  samplesPerSecond: 1_234_567,
  etaSeconds: 75,
  etaLeastSeconds: 75,
});
const epoch: TrainEvent & { type: "epoch" } = {
  type: "epoch",
  phase: "selection",
  epochs: 2,
  record: {
    epoch: 1,
    loss: 0.5,
    seconds: 12.3,
    samplesPerSecond: 400_000,
    validation: { metric: "ndcg@10", protocol: "sampled-99", seed: 3, value: 0.41236, metrics: {}, seconds: 1 },
  },
  bestEpoch: 1,
};
const end: TrainEvent & { type: "end" } = {
  type: "end",
  reason: "early-stopping",
  epochs: 2,
  bestEpoch: 1,
  seconds: 99,
  peakMemoryBytes: 2 ** 28,
};

/** What a renderer writes, with a clock that the test sets. */
function watch(make: (print: (text: string) => void, now: () => number) => (event: TrainEvent) => void) {
  const clock = { now: 0 };
  let written = "";
  const listener = make(
    (text) => {
      written += text;
    },
    () => clock.now,
  );
  const take = () => {
    const text = written;
    written = "";
    return text;
  };
  return { clock, listener, take };
}

describe("lines", () => {
  test("says what will happen, each epoch and how it ended", () => {
    const { listener, take } = watch(lines);
    for (const event of [start, epoch, end]) listener(event);
    expect(take()).toBe(
      "neumf: 393k parameters, 5.0M samples an epoch, 2 epochs, native engine: about 128 MB and 0:42; " +
        "validation: ndcg@10 sampled-99, seed 3\n" +
        "epoch 1/2 loss 0.5000 ndcg@10 sampled-99 0.4124 (best) 0:12 400k/s\n" +
        "stopped early after 2 epochs, kept epoch 1 in 1:39, peak memory 256 MB\n",
    );
  });

  test("says that training may end early, and what the refit does", () => {
    const { listener, take } = watch(lines);
    listener({ ...start, settings: { ...defaults, epochs: 100 } });
    expect(take()).toContain(", at most 100 epochs, native engine: about 128 MB and at most 0:42; ");
    listener({ type: "refit", epochs: 1, interactions: 1_000_209 });
    const { validation: _, ...record } = epoch.record;
    listener({ ...epoch, phase: "refit", epochs: 1, record, bestEpoch: undefined });
    listener({ ...end, refitEpochs: 1 });
    expect(take()).toBe(
      "now anew on all 1.0M interactions, for the epoch chosen\n" +
        "refit 1/1 loss 0.5000 0:12 400k/s\n" +
        "stopped early after 2 epochs, then trained on everything for 1, in 1:39, peak memory 256 MB\n",
    );
  });

  test("breaks silence inside an epoch after ten seconds", () => {
    const { clock, listener, take } = watch(lines);
    listener(progress(10));
    expect(take()).toBe("");
    clock.now = 11;
    listener(progress(50));
    listener(progress(51));
    expect(take()).toBe("epoch 1/2 50% loss 0.5123 1.2M/s ETA 1:15\n");
  });
});

describe("bar", () => {
  test("redraws one line and leaves start and end on the screen", () => {
    const { listener, take } = watch((print, now) => bar(print, () => 80, now));
    for (const event of [start, progress(50), epoch, end]) listener(event);
    const parts = take().split("\r\u001b[K");
    expect(parts).toHaveLength(4);
    expect(parts.map((part) => part.endsWith("\n"))).toEqual([false, true, false, true]);
  });

  test("redraws at most ten times a second, and always when an epoch is complete", () => {
    const { clock, listener, take } = watch((print, now) => bar(print, () => 80, now));
    listener(progress(1));
    clock.now = 0.05;
    listener(progress(2));
    listener(progress(100));
    expect(take().match(/\r/g)).toHaveLength(2);
  });

  test("clears its line on failure", () => {
    const { listener, take } = watch((print, now) => bar(print, () => 80, now));
    listener({ type: "fail", error: new Error("x") });
    expect(take()).toBe("\r\u001b[K");
  });

  test("shows the last validation with its protocol, on 80 columns too", () => {
    const { listener, take } = watch((print, now) => bar(print, () => 80, now));
    for (const event of [epoch, progress(50)]) listener(event);
    expect(take()).toContain("ndcg@10 sampled-99 0.4124");
  });

  test.each([200, 80, 60, 40, 20, 8])("fits %i columns", (columns) => {
    expect(drawBar(progress(45), "ndcg@10 0.4124", columns).length).toBeLessThan(columns);
  });

  test("shows between which times training may end, and the refit as such", () => {
    const early = { ...progress(50), etaLeastSeconds: 12 };
    expect(drawBar(early, "", 100)).toMatch(/^epoch 1\/≤2 .* ETA 0:12–1:15$/);
    expect(drawBar({ ...progress(50), phase: "refit" }, "", 100)).toMatch(/^refit 1\/2 .* ETA 1:15$/);
  });

  test("shows share, loss, speed, time left and the last validation", () => {
    expect(drawBar(progress(50), "ndcg@10 0.4124", 100)).toBe(
      "epoch 1/2 ███████████████···············  50% loss 0.5123 1.2M/s ETA 1:15 ndcg@10 0.4124",
    );
  });
});

describe("jsonLines", () => {
  test("writes one document per event", () => {
    const { listener, take } = watch(jsonLines);
    for (const event of [start, progress(3), end]) listener(event);
    const documents = take().trimEnd().split("\n");
    expect(documents.map((text) => JSON.parse(text))).toEqual([start, progress(3), end]);
  });

  test("describes failures by code", () => {
    const { listener, take } = watch(jsonLines);
    listener({ type: "fail", error: penchantError("TRAIN_DATA", { what: "Nothing", fix: "Add." }) });
    expect(JSON.parse(take())).toEqual({
      type: "fail",
      error: { code: "TRAIN_DATA", message: "Nothing.", fix: "Add." },
    });
  });
});

describe("progressListener", () => {
  const stream = (isTTY: boolean) => {
    const written: string[] = [];
    return { written, isTTY, columns: 80, write: (text: string) => written.push(text) };
  };

  test("auto is a bar on a terminal and silence elsewhere", () => {
    const [terminal, pipe] = [stream(true), stream(false)];
    progressListener("auto", terminal)(start);
    progressListener("auto", pipe)(start);
    expect(terminal.written.join("")).toContain("\r");
    expect(pipe.written).toEqual([]);
  });

  test("an unknown style is refused", () => {
    expect(() => progressListener("dots" as never)).toThrow(expect.objectContaining({ code: "CONFIG_VALUE" }));
  });
});

describe("text", () => {
  test("names a ranking metric with its protocol", () => {
    expect(metricName({ metric: "hr@5", protocol: "full" })).toBe("hr@5 full");
    expect(metricName({ metric: "hr@5", protocol: "full", relevant: ">=4" })).toBe("hr@5 full of >=4");
    expect(metricName({ metric: "rmse", protocol: "rating" })).toBe("rmse");
  });

  test("is short", () => {
    expect([999, 1500, 25_000_000, 3e9].map(compact)).toEqual(["999", "1.5k", "25.0M", "3.0G"]);
    expect([1.44, 59.7, 725, 10_931].map(duration)).toEqual(["1.4 s", "1:00", "12:05", "3:02:11"]);
    expect([duration(Number.NaN), bytes(1000), bytes(2 ** 21), bytes(3 * 2 ** 29)]).toEqual([
      "?",
      "1 kB",
      "2 MB",
      "1.5 GB",
    ]);
  });
});
