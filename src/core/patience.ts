import { PenchantError } from "./errors.ts";

/** Does work, again where another process has the files in hand. Throws WORKSPACE_BUSY after 10 s. */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 100 || !(error instanceof PenchantError && error.code === "WORKSPACE_BUSY")) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
