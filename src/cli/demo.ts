import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FilmClubOptions, filmClubCsv, type Interactions } from "../dataset/index.ts";
import { bprMf, neuMf, popularity, random } from "../models/index.ts";
import type { Model } from "../nn/model.ts";
import type { Recommendations } from "../retrieve/index.ts";
import type { TrainingSettings } from "../train/index.ts";
import { type Comparison, compareRuns } from "./comparison.ts";
import { openDataset } from "./datasets.ts";
import { type DemoEntry, makeEntries } from "./demo-entries.ts";
import { openEngine } from "./engine.ts";
import { type Imported, importInto } from "./importing.ts";
import { withRecommender } from "./recommending.ts";
import type { Session } from "./session.ts";
import { type TrainedRun, trainRun } from "./training.ts";
import { onExit } from "./workspace/exit.ts";

/** What `penchant demo --json` prints. */
export interface Demo {
  readonly synthetic: true;
  readonly dataset: Imported["summary"];
  readonly runs: readonly TrainedRun[];
  readonly comparison: Comparison;
  readonly recommendations: Recommendations;
  readonly seconds: number;
}

interface Scale {
  readonly club: Partial<FilmClubOptions>;
  readonly settings: Partial<TrainingSettings>;
}

/** Under a minute with either engine; the reference engine gets a smaller club and fewer epochs. */
const scales: { readonly fast: Scale; readonly slow: Scale } = {
  fast: { club: {}, settings: { epochs: 30, patience: 3 } },
  slow: { club: { members: 200, films: 120, interactions: 4000 }, settings: { epochs: 5 } },
};

const NAME = "film-club";
const disclaimer = {
  code: "synthetic",
  message: "The film club is invented; results on it say nothing about real people.",
};

const models = [random(), popularity(), bprMf({ factors: 16 }), neuMf({ factors: 8 })] as Model[];
const runName = ({ definition }: Model): string => `${NAME}-${definition.name}`;
const entries: readonly DemoEntry[] = [
  { kind: "dataset", name: NAME },
  ...models.map((model) => ({ kind: "run", name: runName(model) }) as const),
];

/** The whole way once; what it makes is in the workspace at its end, so that one can go on from there. */
export async function runDemo(session: Session): Promise<Demo> {
  try {
    return await makeEntries(session, entries, showEverything);
  } catch (error) {
    // of its trainings nothing is left to resume, whatever they advise
    throw session.signal.aborted ? session.signal.reason : error;
  }
}

async function showEverything(session: Session): Promise<Demo> {
  const started = performance.now();
  const engine = await openEngine(session);
  const scale = engine.name === "reference" ? scales.slow : scales.fast;
  session.note(`\n1. An invented film club (synthetic data, seed ${session.seed}), written as a CSV file and imported`);
  const { summary, report } = await importClub(session, scale.club);
  session.note(`   ${report.source.layout}; ${columnsOf(summary)}`);
  session.note(`   ${summary.users} members, ${summary.items} films, ${summary.interactions} ratings with times`);
  session.note(
    "\n2. Two baselines and two models, each member's last film held out for the test, the one before for validation",
  );
  const runs: TrainedRun[] = [];
  for (const model of models) {
    const settings = model.definition.task === "none" ? {} : scale.settings;
    runs.push(
      await trainRun(session, { model, settings, data: NAME, run: runName(model), split: { kind: "leave-last-out" } }),
    );
  }
  session.note("\n3. Measured on the test films: against all films, and against 99 sampled ones");
  const comparison = await compareRuns(
    session,
    runs.map(({ run }) => run),
    10,
  );
  session.note("\n4. Ten films for one member, with reasons");
  const recommendations = await recommendToOne(session, `${NAME}-neumf`);
  const seconds = (performance.now() - started) / 1000;
  return { synthetic: true, dataset: summary, runs, comparison, recommendations, seconds };
}

async function importClub(session: Session, club: Partial<FilmClubOptions>): Promise<Imported> {
  const folder = mkdtempSync(join(tmpdir(), "penchant-demo-"));
  const clean = onExit(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const path = join(folder, `${NAME}.csv`);
    writeFileSync(path, filmClubCsv({ ...club, seed: session.seed }));
    return await importInto(session, [path], { name: NAME, warnings: [disclaimer] });
  } finally {
    clean();
  }
}

const columnsOf = ({ columns }: Imported["summary"]): string =>
  Object.entries(columns)
    .map(([role, column]) => `${column} is the ${role}`)
    .join(", ");

async function recommendToOne(session: Session, run: string): Promise<Recommendations> {
  const { interactions } = await openDataset(session, NAME);
  const user = typicalUser(interactions);
  return withRecommender(session, { run }, (recommender) => recommender.recommend(user, { k: 10, why: true }));
}

/** The first user with the median number of interactions. */
function typicalUser({ users, byUser: { offsets } }: Interactions): string {
  const lengths = Array.from({ length: users.size }, (_, user) => (offsets[user + 1] ?? 0) - (offsets[user] ?? 0));
  const median = [...lengths].sort((a, b) => a - b)[users.size >> 1] ?? 0;
  return users.id(lengths.indexOf(median));
}
