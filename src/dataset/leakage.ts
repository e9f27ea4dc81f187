import { position } from "../core/csr.ts";
import type { Warning } from "../ingest/index.ts";
import type { Interactions } from "./interactions.ts";
import { isCold, type Split } from "./split/split.ts";

/**
 * What could make a measurement look better than it is: held-out interactions that training (or validation) contains too,
 * held-out interactions older than the same user's newest training one (unless whole items or users are held out, whatever their times), and candidates that are no true negatives. Each finding
 * is one warning with a count and an example. Times are compared within a user, only where both are known.
 */
export function checkLeakage({ kind, train, validation, test, candidates }: Split): Warning[] {
  const warnings: Warning[] = [];
  const shared = (code: string, part: Interactions, other: Interactions, message: string): void => {
    const found = count(part, ({ user, item }) => other.has(user, item));
    if (found.count > 0) warnings.push({ code, message: `${found.count} of ${part.size} ${message}${found.example}` });
  };
  shared("test-in-train", test, train, "test interactions are also in training");
  if (validation) {
    shared("validation-in-train", validation, train, "validation interactions are also in training");
    shared("test-in-validation", test, validation, "test interactions are also in validation");
    if (!isCold(kind)) warnings.push(...older("validation", validation, train));
  }
  if (!isCold(kind)) warnings.push(...older("test", test, train));
  if (candidates) {
    const own = count(test, ({ user, item }) => position(candidates, user, item) >= 0);
    const message = `${own.count} test items are among their own user's candidates${own.example}`;
    if (own.count > 0) warnings.push({ code: "test-in-candidates", message });
  }
  return warnings;
}

/** Held-out interactions from before the user's newest training one. */
function older(name: string, part: Interactions, train: Interactions): Warning[] {
  if (!part.byUser.times || !train.byUser.times) return [];
  const newest = newestTimes(train);
  const found = count(part, ({ user, time }) => time < (newest[user] ?? Number.NEGATIVE_INFINITY));
  if (found.count === 0) return [];
  const text = `${name} interactions are older than the newest training interaction of the same user`;
  return [{ code: `${name}-before-train`, message: `${found.count} of ${part.size} ${text}${found.example}` }];
}

function newestTimes(train: Interactions): Float64Array {
  const newest = new Float64Array(train.users.size).fill(Number.NEGATIVE_INFINITY);
  for (const { user, time } of train) if (time > (newest[user] ?? 0)) newest[user] = time;
  return newest;
}

interface Pair {
  readonly user: number;
  readonly item: number;
  readonly time: number;
}

function count(
  part: Interactions,
  test: (pair: Pair) => boolean,
): { readonly count: number; readonly example: string } {
  let found = 0;
  let example = ".";
  for (const entry of part) {
    if (!test(entry)) continue;
    if (found === 0) example = ` (the first: user ${part.users.id(entry.user)}, item ${part.items.id(entry.item)}).`;
    found++;
  }
  return { count: found, example };
}
