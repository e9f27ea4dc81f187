import { PenchantError, penchantError } from "../core/errors.ts";

const wrongPaths: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "There is no such file or folder"],
  ["ENOTDIR", "A file stands where a folder should be"],
  ["EISDIR", "A folder stands where a file should be"],
  ["EEXIST", "Something of that name is there already"],
  ["ELOOP", "Links lead in a circle"],
  ["ENAMETOOLONG", "The name is too long"],
]);

/** Errors of the operating system that a person can do something about, with a code; undefined for others. */
export function systemFailure(error: unknown): PenchantError | undefined {
  const { code, path, message } = (error ?? {}) as NodeJS.ErrnoException;
  const where = path === undefined ? "" : ` (${path})`;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return penchantError("WORKSPACE_DISK_FULL", { what: `No space left to write${where}`, cause: error });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return penchantError("WORKSPACE_PERMISSION", { what: `Not allowed to read or write${where}`, cause: error });
  }
  if (code === "EIO") {
    return penchantError("WORKSPACE_DISK", { what: `The disk failed${where}`, received: message, cause: error });
  }
  if (error instanceof RangeError && /allocation failed|Invalid typed array length/.test(message)) {
    return penchantError("ENGINE_MEMORY", { what: `There is not enough memory (${message})`, cause: error });
  }
  const wrong = wrongPaths.get(code ?? "");
  if (wrong !== undefined) return penchantError("WORKSPACE_PATH", { what: `${wrong}${where}`, cause: error });
  return undefined;
}

/** Does work on files; what the operating system says of it has a code then. */
export async function coded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof PenchantError ? error : (systemFailure(error) ?? error);
  }
}
