/** `npm run bench`: brings the product up to date, compiles the benchmark against it (.bench/) and starts it. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setup } from "../scripts/setup.mjs";
import { root, run } from "../scripts/shared.mjs";

const failed = (step) => step === "failed";

const { packages, native, typescript } = await setup();
if ([packages, native, typescript].some(failed)) process.exit(1);
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
if ((await run(process.execPath, [tsc, "-p", join(root, "bench", "tsconfig.json")])) !== 0) process.exit(1);
await import(pathToFileURL(join(root, ".bench", "main.js")).href);
