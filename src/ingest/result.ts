import type { Events } from "./events.ts";
import type { SourceReport } from "./report.ts";

/** The parts that a benchmark fixes; they share the id tables of the training part. */
export interface GivenEvents {
  readonly validation?: Events | undefined;
  readonly test: Events;
  /** Pairs of a user and an item that the user's test items are ranked against. */
  readonly candidates?: Events | undefined;
}

/** What reading a source gives. */
export interface ReadResult {
  /** All interactions, or the training part where the source comes with a split. */
  readonly events: Events;
  readonly given?: GivenEvents | undefined;
  /** Kinds of the first events, where they have kinds. */
  readonly kinds?: readonly string[] | undefined;
  readonly report: SourceReport;
}
