import { fail } from "../core/errors.ts";
import { type ArmCounts, mixtureTest, ratioTest } from "../evaluate/sequential.ts";
import { type Arm, armOf, type Experiment } from "../serve/index.ts";
import type { NumberedEvent } from "../store/index.ts";
import { loggedEvents } from "./event-source.ts";
import { experimentNamed } from "./experiments.ts";
import type { Session } from "./session.ts";

/** What `penchant experiment report --json` prints. */
export interface ExperimentReport extends Pick<Experiment, "on" | "with" | "outcome" | "started" | "stopped"> {
  readonly experiment: string;
  readonly arms: readonly (ArmCounts & { readonly arm: Arm; readonly rate: number | null })[];
  /** Treatment minus control, with an interval that holds at all times together. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number };
  /** The least until now: at any time it may be looked at. */
  readonly p: number;
  /** running: go on; same: the interval lies within the effect that matters; ended: as many people as were asked for, undecided. */
  readonly verdict: "running" | "better" | "worse" | "same" | "ended";
  /** After how many people the verdict stood, and when. */
  readonly decided?: { readonly users: number; readonly time: string };
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

/** Below it, the shares of the arms are no chance. */
const MISMATCH = 0.001;

/**
 * Reads the event log since an experiment began: of each person who was shown a list of either arm (an exposure), whether the outcome followed. Looked at after every event, as
 * the test allows, and decided at the first time that it can be. Throws SERVE_EXPERIMENT for a shadow.
 */
export async function reportExperiment(session: Session, name: string): Promise<ExperimentReport> {
  const experiment = experimentNamed(session, name);
  if (experiment.shadow) {
    fail("SERVE_EXPERIMENT", {
      what: `${JSON.stringify(name)} is a shadow, which nobody is shown`,
      fix: "The server compares it: GET /v1/experiments.",
    });
  }
  const trial = new Trial(experiment);
  for await (const event of loggedEvents(session)) {
    session.signal.throwIfAborted();
    trial.note(event);
  }
  return trial.report();
}

class Trial {
  readonly #experiment: Experiment;
  /** Whether the outcome was seen, by person. */
  readonly #people = new Map<string, boolean>();
  readonly #counts: Record<Arm, { users: number; outcomes: number }> = {
    control: { users: 0, outcomes: 0 },
    treatment: { users: 0, outcomes: 0 },
  };
  #p = 1;
  #verdict: ExperimentReport["verdict"] = "running";
  #decided: ExperimentReport["decided"];
  /** Exposures that do not say what was shown. */
  #unnamed = 0;

  constructor(experiment: Experiment) {
    this.#experiment = experiment;
  }

  note(event: NumberedEvent): void {
    const { user, type, time } = event;
    const { started, stopped, outcome } = this.#experiment;
    if (time < Date.parse(started) / 1000 || (stopped !== null && time > Date.parse(stopped) / 1000)) return;
    const counts = this.#counts[armOf(this.#experiment, user)];
    const had = this.#people.get(user);
    if (type === "exposure" && had === undefined) {
      if (!this.#isOwn(event)) return;
      this.#people.set(user, false);
      counts.users++;
    } else if (type === outcome && had === false) {
      this.#people.set(user, true);
      counts.outcomes++;
    } else return;
    this.#look(time);
  }

  /** Whether one of the arms was shown, and not another list of the site. */
  #isOwn({ model, pipeline }: NumberedEvent): boolean {
    const shown = (pipeline ?? model)?.replace(/@[^@]*$/, "");
    if (shown === undefined) this.#unnamed++;
    return shown === this.#experiment.on || shown === this.#experiment.with;
  }

  #look(time: number): void {
    const { effect, alpha, users } = this.#experiment;
    const { p, difference } = mixtureTest(this.#counts.control, this.#counts.treatment, this.#experiment);
    this.#p = Math.min(this.#p, p);
    if (this.#verdict !== "running") return;
    if (p <= alpha) this.#verdict = difference.value > 0 ? "better" : "worse";
    else if (difference.low >= -effect && difference.high <= effect) this.#verdict = "same";
    else if (users !== null && this.#people.size >= users) this.#verdict = "ended";
    else return;
    this.#decided = { users: this.#people.size, time: new Date(time * 1000).toISOString() };
  }

  report(): ExperimentReport {
    const { name, on, with: other, outcome, started, stopped, share } = this.#experiment;
    const arms = (["control", "treatment"] as const).map((arm) => {
      const { users, outcomes } = this.#counts[arm];
      return { arm, users, outcomes, rate: users === 0 ? null : outcomes / users };
    });
    const { difference } = mixtureTest(this.#counts.control, this.#counts.treatment, this.#experiment);
    const chance = ratioTest(this.#counts.treatment.users, this.#people.size, share);
    const mismatch = {
      code: "arms-uneven",
      message: `${this.#counts.treatment.users} of ${this.#people.size} people are in the treatment arm, where ${share} of them was meant: by chance that happens in ${chance.toExponential(1)} of all cases. Something keeps people of one arm from being counted, and the figures mean little.`,
    };
    const warnings = [
      ...(chance < MISMATCH ? [mismatch] : []),
      ...(this.#people.size === 0
        ? [
            {
              code: "no-exposures",
              message:
                "Nobody was shown a list of either arm since it began: send events of the type exposure for lists that are shown.",
            },
          ]
        : []),
      ...(this.#unnamed > 0
        ? [
            {
              code: "exposures-unnamed",
              message: `${this.#unnamed} exposures say neither model nor pipeline, and are not counted: they may be of other lists.`,
            },
          ]
        : []),
    ];
    return {
      ...{ experiment: name, on, with: other, outcome, started, stopped, arms, difference, p: this.#p },
      verdict: this.#verdict,
      ...(this.#decided && { decided: this.#decided }),
      warnings,
    };
  }
}
