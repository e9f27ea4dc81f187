/**
 * Writes the golden run of the present format version: `npx vitest run` never does, so that a run saved today is read by
 * every later version. Only for a new format version, into a folder of its own:
 * `node --import ./test/support/typescript.mjs test/golden/make-artifact.ts test/golden/artifact-v3`.
 */
import { saveArtifact } from "../../src/artifact/index.ts";
import { tinyArtifact, tinyUnlearned } from "../support/tiny-artifact.ts";

const [directory] = process.argv.slice(2);
if (!directory) throw new Error("Name the directory to write.");
await saveArtifact(directory, { ...tinyArtifact(), unlearned: tinyUnlearned });
