import type { ProgressEvent, TrainEvent } from "../events.ts";
import { describe, type Print } from "./lines.ts";
import { compact, epochOf, metricName, timeLeft } from "./text.ts";

/** Redraws at most so often, in seconds. */
const INTERVAL = 0.1;
const CLEAR = "\r\u001b[K";
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** One line that is redrawn in place; what is over (start, end, failure) stays on the screen. */
export function bar(
  print: Print,
  columns: () => number,
  now: () => number = () => performance.now() / 1000,
): (event: TrainEvent) => void {
  let drawn = Number.NEGATIVE_INFINITY;
  let validation = "";
  return (event) => {
    if (event.type === "refit") validation = "";
    if (event.type === "epoch" && event.record.validation) {
      validation = `${metricName(event.record.validation)} ${event.record.validation.value.toFixed(4)}`;
    }
    if (event.type === "progress") {
      if (now() - drawn < INTERVAL && event.step < event.stepsPerEpoch) return;
      drawn = now();
      print(CLEAR + drawBar(event, validation, columns()));
    } else if (event.type === "fail") print(CLEAR);
    else if (["start", "warning", "stage", "refit", "end"].includes(event.type)) print(`${CLEAR}${describe(event)}\n`);
  };
}

/**
 * `epoch 3/≤100 ██████▌     45% loss 0.3121 1.2M/s ETA 0:12–1:42 ndcg@10 sampled-99 0.4120`, never wider than the terminal.
 */
export function drawBar(event: ProgressEvent, validation: string, columns: number): string {
  const share = event.step / event.stepsPerEpoch;
  const head = `${epochOf(event, event.etaLeastSeconds < event.etaSeconds)} `;
  const facts = [
    `${Math.floor(100 * share)}%`.padStart(4),
    `loss ${event.loss.toFixed(4)}`,
    `${compact(event.samplesPerSecond)}/s`,
    `ETA ${timeLeft(event)}`,
    validation,
  ].filter(Boolean);
  // The last column stays free: writing there makes some terminals wrap.
  const room = columns - 1 - head.length;
  while (facts.length > 1 && facts.join(" ").length > room) facts.pop();
  const width = Math.min(30, room - facts.join(" ").length - 1);
  return `${head}${width >= 4 ? `${blocks(share, width)} ` : ""}${facts.join(" ")}`.slice(0, columns - 1);
}

function blocks(share: number, width: number): string {
  const eighths = Math.floor(share * width * 8);
  return `${"█".repeat(Math.floor(eighths / 8))}${EIGHTHS[eighths % 8]}`.padEnd(width, "·");
}
