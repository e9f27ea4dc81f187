import { fail, PenchantError, penchantError } from "../core/errors.ts";
import { hasCheckpoint } from "../train/index.ts";
import type { Session } from "./session.ts";
import { CheckpointPlace } from "./workspace/checkpoints.ts";

/** Checkpoints of a training that ended sooner than this (seconds) are not worth keeping. */
const WORTH_RESUMING = 30;

/** What a training does with its checkpoint. */
export interface Checkpointing {
  readonly directory: string;
  /** From now on nothing but saving can fail, which is no reason to train again. */
  trained(): void;
}

/**
 * Trains with a checkpoint, which is gone when the run is saved. It outlives failure and interruption where that spares
 * somebody half a minute, and the error then says how to continue. Throws TRAIN_CHECKPOINT_MISSING.
 */
export async function withCheckpoint<T>(
  session: Session,
  { run, resume }: { readonly run: string; readonly resume: boolean },
  train: (checkpoint: Checkpointing) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  let [isTrained, isLost] = [false, false];
  const isWorthKeeping = (): boolean => !isLost && (isTrained || performance.now() - started > 1000 * WORTH_RESUMING);
  const place = new CheckpointPlace(session.workspace.checkpoints(run), {
    resume,
    isComplete: hasCheckpoint,
    isWorthKeeping,
  });
  try {
    if (resume && !place.isFilled) nothingToResume(session, run);
    const trained = (): void => {
      isTrained = true;
    };
    const result = await train({ directory: place.directory, trained });
    place.done();
    return result;
  } catch (error) {
    // the same steps would end in the same way
    isLost = error instanceof PenchantError && error.code === "TRAIN_DIVERGED";
    const canContinue = place.isKept && (session.signal.aborted || isWorthKeeping());
    const command = canContinue ? `the same command with --run ${run} --resume` : undefined;
    if (command !== undefined && !(error instanceof PenchantError)) session.note(`To continue: ${command}.`);
    throw advised(error, command);
  } finally {
    place.settle();
  }
}

/** The error with advice for somebody at the command line. */
function advised(error: unknown, command: string | undefined): unknown {
  if (!(error instanceof PenchantError)) return error;
  const { code, message, fix, details } = error;
  const advice =
    code === "TRAIN_CANCELLED"
      ? command === undefined
        ? "Start it again; nothing was changed."
        : `To continue where it stopped: ${command}.`
      : command === undefined
        ? fix
        : `${fix} What was trained is not lost: ${command} continues it.`;
  return penchantError(code, { what: message.replace(/\.$/, ""), fix: advice, details, cause: error });
}

function nothingToResume(session: Session, run: string): never {
  const names = session.workspace.resumable();
  return fail("TRAIN_CHECKPOINT_MISSING", {
    what: `There is no checkpoint of a run "${run}" to resume`,
    ...(names.length > 0 && { expected: `one of ${names.join(", ")}` }),
    fix: "Name the run that was interrupted with --run NAME, or train without --resume.",
    details: { names },
  });
}
