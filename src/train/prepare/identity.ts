import { createHash, type Hash } from "node:crypto";
import { fail } from "../../core/errors.ts";
import { eventsOf } from "../../dataset/event-rows.ts";
import type { Csr } from "../../engine/contract.ts";
import type { TrainingData } from "../inputs/data.ts";
import type { Job, StageJob } from "./job.ts";

/** What decides the bytes of a run: two runs with the same identity are the same run. Plain JSON. */
export type Identity = Readonly<Record<string, string | number | boolean>>;

/** The identity of a job. `threads` is no part of it; `epochs` only where the schedule stretches over them. */
export function identityOf(
  { model, engine, settings, spec, before, parameters, validation, features, matrices }: Job,
  everything: TrainingData | undefined,
): Identity {
  const { threads: _, epochs, ...deciding } = settings;
  const stretches = settings.schedule === "linear" || settings.schedule === "cosine";
  return {
    model: model.definition.name,
    configuration: JSON.stringify(model.config),
    engine: engine.name,
    ...deciding,
    ...(stretches && { epochs }),
    ...(features && { features: digest((hash) => hash.update(JSON.stringify(features))) }),
    plan: digest((hash) => hash.update(JSON.stringify(spec?.plan))),
    ...(before.length > 0 && { stages: digest((hash) => hash.update(JSON.stringify(before.map(stageFacts)))) }),
    data: digest((hash) => {
      const { interactions, known, dislikes } = spec?.feed ?? {};
      for (const csr of [interactions, known, dislikes]) if (csr) updateCsr(hash, csr);
    }),
    ...(matrices["sequence"] && { sequence: digest((hash) => updateCsr(hash, matrices["sequence"] as Csr)) }),
    validation: digest((hash) => validation && updateCsr(hash, validation.validation.byUser)),
    ...(everything && {
      everything: digest((hash) => {
        const order = matrices["sequence"] && eventsOf(everything); // repeats, and which event comes after which
        for (const csr of [everything.byUser, everything.dislikes, order]) if (csr) updateCsr(hash, csr);
      }),
    }),
    initialParameters: digest((hash) => {
      for (const [name, values] of Object.entries(parameters)) hash.update(name).update(values);
    }),
  };
}

/** What decides the bytes of a stage before the last one, besides the data. */
const stageFacts = ({ stage, settings: { threads: _, ...deciding }, spec: { plan } }: StageJob) => ({
  stage,
  ...deciding,
  plan,
});

/** Throws TRAIN_CHECKPOINT_MISMATCH, naming everything that differs. */
export function checkIdentity(saved: Identity, current: Identity): void {
  const names = new Set([...Object.keys(saved), ...Object.keys(current)]);
  const different = [...names].filter((name) => saved[name] !== current[name]);
  if (different.length === 0) return;
  const show = (identity: Identity) => different.map((name) => `${name} ${identity[name] ?? "unset"}`).join(", ");
  fail("TRAIN_CHECKPOINT_MISMATCH", {
    what: `The checkpoint is of another run: ${different.join(", ")} differ${different.length === 1 ? "s" : ""}`,
    expected: show(saved),
    received: show(current),
    details: { different },
  });
}

const digest = (update: (hash: Hash) => unknown): string => {
  const hash = createHash("sha256");
  update(hash);
  return hash.digest("hex").slice(0, 16);
};

function updateCsr(hash: Hash, { offsets, items, values }: Csr): Hash {
  hash.update(offsets).update(items);
  return values ? hash.update(values) : hash;
}
