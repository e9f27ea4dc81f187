import { fail } from "../../../core/errors.ts";
import type { TrainEvent } from "../events.ts";
import { bar } from "./bar.ts";
import { jsonLines } from "./json.ts";
import { lines } from "./lines.ts";

/** Takes every event in order; must not throw. */
export type ProgressListener = (event: TrainEvent) => void;

/**
 * bar: one line redrawn in place; lines: one per epoch; json: one JSON document per event and line; none: silence;
 * auto: bar on a terminal, silence elsewhere.
 */
export type ProgressStyle = "auto" | "bar" | "lines" | "json" | "none" | ProgressListener;

/** Where a renderer writes; `process.stderr` fits. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** The listener of a style, writing to `stream` (default stderr: stdout belongs to results). */
export function progressListener(style: ProgressStyle, stream: ProgressStream = process.stderr): ProgressListener {
  if (typeof style === "function") return style;
  const print = (text: string) => stream.write(text);
  switch (style) {
    case "bar":
      return bar(print, () => stream.columns ?? 80);
    case "lines":
      return lines(print);
    case "json":
      return jsonLines(print);
    case "none":
      return () => {};
    case "auto":
      return progressListener(stream.isTTY ? "bar" : "none", stream);
    default:
      return fail("CONFIG_VALUE", {
        what: "There is no such style of progress",
        expected: "auto, bar, lines, json, none or a function",
        received: String(style satisfies never),
      });
  }
}
