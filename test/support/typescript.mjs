// `node --import …/typescript.mjs script.ts`: runs TypeScript sources in a process of their own, without a build.
import { register } from "node:module";

register("./typescript-hooks.mjs", import.meta.url);
