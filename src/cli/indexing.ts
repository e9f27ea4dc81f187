import { loadIndex, saveIndex } from "../artifact/index.ts";
import { fail } from "../core/errors.ts";
import { buildIndex, checkIndex, type IndexQuality } from "../retrieve/index-quality.ts";
import { openEngine } from "./engine.ts";
import { loadRun, openRun } from "./runs.ts";
import type { Session } from "./session.ts";

/** What `penchant index --json` prints. */
export interface MeasuredIndex extends IndexQuality {
  readonly run: string;
  readonly bound: number;
  readonly seed: number;
}

/** Makes the index of a run; nothing is written where it misses its bound. Throws INDEX_MISSING, INDEX_RECALL, CONFIG_VALUE. */
export async function makeIndex(
  session: Session,
  named: string | undefined,
  { recall, k }: { readonly recall: number; readonly k: number },
): Promise<MeasuredIndex> {
  if (!(recall > 0 && recall <= 1)) {
    fail("CONFIG_VALUE", { what: "--recall", expected: "over 0, at most 1", received: `${recall}` });
  }
  const run = await openRun(session, named);
  const release = session.workspace.lock("run", run.name);
  try {
    const artifact = await loadRun(run);
    const options = { recall, k, seed: session.seed, threads: session.threads ?? 0 };
    const { saved, quality } = await buildIndex(await openEngine(session), artifact, options);
    await saveIndex(run.folder, saved);
    return { run: run.name, ...quality, bound: recall, seed: session.seed };
  } finally {
    release();
  }
}

/** Measures the index that a run has. Throws INDEX_MISSING, INDEX_CORRUPT, INDEX_STALE, INDEX_RECALL. */
export async function measureIndex(session: Session, named: string | undefined): Promise<MeasuredIndex> {
  const run = await openRun(session, named);
  const saved = await loadIndex(run.folder);
  if (!saved) {
    return fail("INDEX_MISSING", {
      what: `The run "${run.name}" has no index`,
      fix: `penchant index build ${run.name}`,
    });
  }
  const quality = await checkIndex(await openEngine(session), await loadRun(run), saved, session.seed);
  return { run: run.name, ...quality, bound: saved.bound, seed: session.seed };
}
