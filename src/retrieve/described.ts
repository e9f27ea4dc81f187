/** Features by which a run answers for those whom it has not met: which there are, and what of a row of fields is one. */
import { type Artifact, isEnsemble, type Saved } from "../artifact/types.ts";
import { PenchantError } from "../core/errors.ts";
import { type Cell, Encoder, type FeatureRow, type FittedFeatures } from "../features/index.ts";
import { fittedRead } from "./known-features.ts";
import { answersNewItems } from "./new-items.ts";

/** Reads rows of one side by the names of the features that a run has learned. */
export class Describer {
  readonly #encoders: readonly Encoder[];
  /** Names that every member of an ensemble knows; of a run its own. */
  readonly names: readonly string[];

  constructor(fitted: readonly FittedFeatures[]) {
    this.#encoders = fitted.map((each) => new Encoder(each));
    const [first, ...others] = this.#encoders.map(({ names }) => names);
    this.names = [...(first ?? [])].filter((name) => others.every((all) => all.has(name)));
  }

  /** What of the fields is a feature; undefined where nothing is. Throws FEATURE_VALUE for a value that is not of its feature's kind. */
  row(fields: Readonly<Record<string, Cell>>): FeatureRow | undefined {
    const row = this.#picked(fields);
    if (row) for (const encoder of this.#encoders) encoder.given([row]);
    return row;
  }

  /** As `row`, where a value that is not of its feature's kind counts as not known. */
  readable(fields: Readonly<Record<string, Cell>>): FeatureRow | undefined {
    const entries = Object.entries(this.#picked(fields) ?? {}).filter(([name, value]) => this.#isReadable(name, value));
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  }

  #isReadable(name: string, value: Cell): boolean {
    try {
      return this.row({ [name]: value }) !== undefined;
    } catch (error) {
      if (error instanceof PenchantError) return false;
      throw error;
    }
  }

  #picked(fields: Readonly<Record<string, Cell>>): FeatureRow | undefined {
    const own = this.names.filter((name) => Object.hasOwn(fields, name));
    return own.length > 0 ? Object.fromEntries(own.map((name) => [name, fields[name] as Cell])) : undefined;
  }
}

/** Undefined where the run does not answer for new ones of that side by their features. */
export function describerOf(saved: Saved, side: "users" | "items"): Describer | undefined {
  const members: readonly Artifact[] = isEnsemble(saved) ? saved.members.map(({ artifact }) => artifact) : [saved];
  if (side === "items" && !members.every(answersNewItems)) return undefined;
  const fitted = members.map((member) => fittedRead(member, side));
  const known = fitted.filter((each) => each !== undefined);
  return known.length === fitted.length ? new Describer(known) : undefined;
}
