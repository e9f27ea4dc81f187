import { fail, PenchantError } from "../core/errors.ts";

/** Turns what the file system says about a failed write into ARTIFACT_WRITE. */
export async function attempt(path: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (cause) {
    if (cause instanceof PenchantError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    fail("ARTIFACT_WRITE", {
      what: `The run cannot be written to ${path}`,
      received: (cause as Error).message,
      fix: code === "ENOSPC" ? "The disk is full: free some space, or choose another directory." : undefined,
      details: { path, cause: code },
      cause,
    });
  }
}
