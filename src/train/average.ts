/**
 * Stochastic weight averaging, Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", UAI
 * 2018, algorithm 1, with a constant or scheduled rate: the mean of the parameters at the ends of epochs. Running
 * statistics are averaged like the rest rather than measured anew.
 */
export interface Average {
  /** Epochs that went in. */
  readonly epochs: number;
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

/** The mean with one more epoch; `latest` is used up. */
export function includeInAverage(
  average: Average | undefined,
  latest: Readonly<Record<string, Float32Array>>,
): Average {
  if (!average) return { epochs: 1, parameters: latest };
  const epochs = average.epochs + 1;
  for (const [name, values] of Object.entries(latest)) {
    const means = average.parameters[name] ?? values;
    for (let i = 0; i < values.length; i++) {
      const mean = means[i] as number;
      values[i] = mean + ((values[i] as number) - mean) / epochs;
    }
  }
  return { epochs, parameters: latest };
}
