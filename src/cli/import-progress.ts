import type { ImportOptions } from "../dataset/index.ts";
import { grouped } from "./format.ts";
import type { Session } from "./session.ts";

type Show = NonNullable<ImportOptions["onProgress"]>;

/** Redraws at most so often, in milliseconds. */
const INTERVAL = 100;
const CLEAR = "\r\u001b[K";

/** One line on a terminal while a file is read; nothing elsewhere. */
export function importProgress(session: Session): { readonly show: Show; readonly clear: () => void } {
  if (session.json || !process.stderr.isTTY) return { show: () => {}, clear: () => {} };
  let drawn = 0;
  return {
    show({ phase, rows, fraction }) {
      if (performance.now() - drawn < INTERVAL) return;
      drawn = performance.now();
      process.stderr.write(`${CLEAR}${phase} ${Math.floor(100 * fraction)}%, ${grouped(rows)} rows`);
    },
    clear() {
      if (drawn > 0) process.stderr.write(CLEAR);
    },
  };
}
