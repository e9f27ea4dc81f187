/** Takes one lock again and again, and dies where somebody else is inside. Prints how often it got in. */
import { mkdirSync, rmdirSync } from "node:fs";
import { Workspace } from "../../src/cli/workspace/workspace.ts";
import { PenchantError } from "../../src/core/errors.ts";

const [root = ""] = process.argv.slice(2);
const workspace = new Workspace(root);
const inside = `${root}-inside`;

let taken = 0;
for (let i = 0; i < 200; i++) {
  try {
    const release = workspace.lock("run", "a");
    mkdirSync(inside); // fails where it is there
    rmdirSync(inside);
    taken++;
    release();
  } catch (error) {
    if (!(error instanceof PenchantError) || error.code !== "WORKSPACE_BUSY") throw error;
  }
}
process.stdout.write(String(taken));
