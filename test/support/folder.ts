import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import { PenchantError } from "../../src/core/errors.ts";

/** A folder that is gone when the test is over, with the files given. */
export function temporaryFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "penchant-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** One file in a folder of its own. */
export function temporaryFile(name: string, content: string | Uint8Array): string {
  return join(temporaryFolder({ [name]: content }), name);
}

/** Expects a coded error with something to do about it, and returns it. */
export async function coded(code: string, run: () => unknown): Promise<PenchantError> {
  const error = await Promise.resolve()
    .then(run)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect(error).toBeInstanceOf(PenchantError);
  const { code: actual, fix } = error as PenchantError;
  expect(actual, (error as Error).message).toBe(code);
  expect(fix.length).toBeGreaterThan(5);
  return error as PenchantError;
}

const dataFolder =
  process.env["PENCHANT_DATA"] ?? join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "shared", "data");

/** Path of a real data set, and whether it is there: tests that need it are skipped, visibly, where it is not. */
export function realData(name: string): { readonly path: string; readonly missing: boolean } {
  const path = join(dataFolder, name);
  return { path, missing: !existsSync(path) };
}
