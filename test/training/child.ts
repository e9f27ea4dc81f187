/** `child.ts ENGINE [DIRECTORY]`: trains (and resumes, with a directory), says when it saves, and what came out. */
import { createHash } from "node:crypto";
import { fit as fitModel } from "../../src/train/fit.ts";
import { club, normalizedModel } from "../support/tiny-training.ts";

const [engine, directory] = process.argv.slice(2);
const { train, validation } = club();
const say = (text: string) => process.stdout.write(`${text}\n`);

const run = await fitModel(normalizedModel(), train, {
  epochs: 6,
  batchSize: 16,
  learningRate: 0.05,
  negatives: 6,
  schedule: "cosine",
  validation,
  restoreBest: false,
  averageFrom: 3,
  engine: engine === "native" ? "native" : "reference",
  progress: (event) => void (event.type === "checkpoint" && say("saved")),
  ...(directory && { checkpoint: { directory, everySeconds: 1e-6 }, resume: true }),
});
const hash = createHash("sha256");
for (const [name, values] of Object.entries(run.parameters)) hash.update(name).update(values);
say(`done ${hash.digest("hex")} ${run.bestEpoch} ${run.epochs.map(({ loss }) => loss.toFixed(9)).join()}`);
