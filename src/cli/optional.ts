import { fail } from "../core/errors.ts";

/** A package that few need and an install does not bring. Throws USAGE_PACKAGE, with the command that installs it, where it is missing. */
export async function optional<T>(load: () => Promise<T>, name: string, what: string): Promise<T> {
  return load().catch((cause: unknown) =>
    fail("USAGE_PACKAGE", {
      what: `${what} is not installed: ${name} is missing`,
      fix: `npm install ${name}`,
      details: { missing: name },
      cause,
    }),
  );
}
