import type { Warning } from "../ingest/index.ts";
import type { Interactions } from "./interactions.ts";
import type { Spread, TimeStatistics, ValueStatistics } from "./statistics.ts";

/** 2100-01-01, in unix seconds. */
const FAR_FUTURE = 4102444800;

interface Facts {
  readonly values: ValueStatistics | undefined;
  readonly times: TimeStatistics | undefined;
  readonly perUser: Spread;
}

/** What looks like a mistake in the data, or would mislead whoever reads results on them. */
export function suspicions(interactions: Interactions, { values, times, perUser }: Facts): Warning[] {
  return [
    ...dominance(interactions),
    ...valueSuspicions(values),
    ...timeSuspicions(interactions, times),
    ...(perUser.median <= 1
      ? [
          {
            code: "one-row-per-user",
            message: "Most users have a single interaction: is the user column the right one?",
          },
        ]
      : []),
  ];
}

/** One user with a tenth of everything, and at least twice the fair share. */
function dominance({ users, byUser: { offsets }, size }: Interactions): Warning[] {
  let top = 0;
  const degree = (user: number): number => (offsets[user + 1] ?? 0) - (offsets[user] ?? 0);
  for (let user = 1; user < users.size; user++) if (degree(user) > degree(top)) top = user;
  const share = degree(top) / size;
  if (share < 0.1 || share < 2 / users.size) return [];
  const percent = Math.round(share * 100);
  const message = `User ${JSON.stringify(users.id(top))} has ${percent} % of all interactions: a test account, or a default id?`;
  return [{ code: "one-user-dominates", message }];
}

function valueSuspicions(values: ValueStatistics | undefined): Warning[] {
  if (values === undefined || values.distinct > 1) return [];
  const message = `Every value is ${values.least}: they carry no information, so the data are implicit feedback.`;
  return [{ code: "constant-values", message }];
}

function timeSuspicions({ byUser: { times } }: Interactions, statistics: TimeStatistics | undefined): Warning[] {
  if (times === undefined || statistics === undefined) return [];
  const warnings: Warning[] = [];
  const count = (test: (time: number) => boolean): number => times.reduce((sum, time) => sum + (test(time) ? 1 : 0), 0);
  const negative = statistics.first < 0 ? count((time) => time < 0) : 0;
  const future = statistics.last >= FAR_FUTURE ? count((time) => time >= FAR_FUTURE) : 0;
  if (negative > 0) warnings.push({ code: "negative-times", message: `${negative} times are before 1970.` });
  if (future > 0) warnings.push({ code: "far-future-times", message: `${future} times are after the year 2100.` });
  if (statistics.first === statistics.last) {
    warnings.push({ code: "constant-times", message: "All times are the same: they give no order." });
  }
  return warnings;
}
