/** Whether a source's rows follow time, and which way; `none`: a row's place says nothing about when it happened. */
export type SourceOrder = "forward" | "backward" | "none";

/** A few rows out of place (clocks that differ, a late batch) do not make a log a heap. */
const NEARLY_ALL = 0.95;

/**
 * Looks at consecutive rows of each user, in the order of the source: those whose times differ ascend in a log, descend in
 * a list with the newest first, and do either in a source that is shuffled or sorted by something else. Where no times
 * differ, the source is taken for a log. `times`: unix seconds, NaN where unknown; row r is `[offsets[r], offsets[r + 1])`.
 */
export function sourceOrder(offsets: Int32Array, times: Float64Array): SourceOrder {
  let [ascending, descending] = [0, 0];
  for (let row = 0; row + 1 < offsets.length; row++) {
    const end = offsets[row + 1] ?? 0;
    let before = Number.NaN;
    for (let at = offsets[row] ?? 0; at < end; at++) {
      const time = times[at] ?? Number.NaN;
      if (time > before) ascending++;
      else if (time < before) descending++;
      if (!Number.isNaN(time)) before = time;
    }
  }
  const least = NEARLY_ALL * (ascending + descending);
  if (ascending >= least) return "forward";
  return descending >= least ? "backward" : "none";
}
