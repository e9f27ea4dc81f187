/** The chance that agreement in a sample is an accident, below which a column counts as a fact about another. */
const ACCIDENT = 1e-3;
/** Share of the repetitions that may disagree: typing errors, changed prices. */
const SLACK = 0.02;

/**
 * Whether a column is a fact about another: the same key always comes with the same value, more often than the values'
 * frequencies explain. A release date is one about the film, an age about the user; a rating is none about either.
 */
export function isFactAbout(values: readonly string[], keys: readonly string[]): boolean {
  const first = new Map<string, string>();
  const counts = new Map<string, number>();
  let [repeated, agreeing] = [0, 0];
  for (const [row, value] of values.entries()) {
    const key = keys[row] ?? "";
    counts.set(value, (counts.get(value) ?? 0) + 1);
    const known = first.get(key);
    if (known === undefined) first.set(key, value);
    else {
      repeated++;
      if (known === value) agreeing++;
    }
  }
  if (repeated === 0 || agreeing < (1 - SLACK) * repeated) return false;
  let chance = 0;
  for (const count of counts.values()) chance += (count / values.length) ** 2;
  return chance ** repeated < ACCIDENT;
}
