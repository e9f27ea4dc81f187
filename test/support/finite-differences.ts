/**
 * The slopes of a loss along every number of an array (or every so many-th), by central differences: the array is moved in place and put
 * back. Yields the place and the slope.
 */
export function* finiteDifferences(
  values: Float64Array,
  loss: () => number,
  { step, every = 1 }: { readonly step: number; readonly every?: number },
): Generator<readonly [place: number, slope: number, loss: number]> {
  for (let i = 0; i < values.length; i += every) {
    const kept = values[i] as number;
    values[i] = kept + step;
    const up = loss();
    values[i] = kept - step;
    const down = loss();
    values[i] = kept;
    yield [i, (up - down) / (2 * step), up];
  }
}
