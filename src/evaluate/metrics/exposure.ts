/**
 * What top-k lists do to the catalogue, from `exposure`: how often each item of the catalogue was recommended.
 */

/** Coverage: share of the catalogue that appears in at least one list, in [0, 1]. */
export function coverage(exposure: ArrayLike<number>): number {
  let shown = 0;
  for (let i = 0; i < exposure.length; i++) if ((exposure[i] as number) > 0) shown++;
  return exposure.length === 0 ? 0 : shown / exposure.length;
}

/** Average popularity: training interactions of a recommended item, averaged over all places of all lists. */
export function averagePopularity(exposure: ArrayLike<number>, popularity: ArrayLike<number>): number {
  let total = 0;
  let places = 0;
  for (let i = 0; i < exposure.length; i++) {
    total += (exposure[i] as number) * (popularity[i] as number);
    places += exposure[i] as number;
  }
  return places === 0 ? 0 : total / places;
}

/**
 * Gini coefficient of the exposure over the whole catalogue, unseen items included: 0 where every item is shown equally
 * often, 1 - 1/n where one of n items gets everything. 0 where nothing was shown.
 */
export function gini(exposure: ArrayLike<number>): number {
  const sorted = Float64Array.from(exposure).sort();
  let weighted = 0;
  let total = 0;
  for (let i = 0; i < sorted.length; i++) {
    weighted += (2 * (i + 1) - sorted.length - 1) * (sorted[i] as number);
    total += sorted[i] as number;
  }
  return total === 0 ? 0 : weighted / (sorted.length * total);
}
