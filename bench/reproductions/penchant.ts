export type { Reproduced, Reproduction } from "../../dist/reproduce/index.js";
