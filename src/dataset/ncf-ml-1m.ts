import { fail } from "../core/errors.ts";
import type { ReadOptions } from "../ingest/index.ts";
import { importDataset } from "./dataset.ts";
import { type GivenOptions, givenSplit } from "./split/given.ts";
import type { Split } from "./split/split.ts";

/**
 * The leave-one-out split of MovieLens-1M that the NCF paper published, with the 99 candidates of each user: 994,169
 * training interactions, 6,040 test ones (see `ingest/ncf-ml-1m.ts`). With `validation`, each user's last training
 * interaction by position is held out as well. Throws DATA_FORMAT when the folder is not complete.
 */
export async function readNcfMl1m(
  directory: string,
  options: GivenOptions & Pick<ReadOptions, "signal"> = {},
): Promise<Split> {
  const dataset = await importDataset(directory, { signal: options.signal });
  if (dataset.report.source.format !== "ncf-ml-1m") {
    fail("DATA_FORMAT", {
      what: `${directory} is not the MovieLens-1M folder with the NCF test`,
      expected: "ratings.tsv.gz, item_list.txt, ml-1m.test.rating and ml-1m.test.negative",
      received: `the ${dataset.report.source.format} format`,
    });
  }
  return givenSplit(dataset, options);
}
