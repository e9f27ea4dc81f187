/** Two answers to the same requests: some people get one, some the other (a canary, an experiment), or one is computed unseen and compared (a shadow). */
import { createHash } from "node:crypto";
import Type, { type Static } from "typebox";
import { EVENT_TYPES } from "../store/index.ts";

const Name = Type.String({ minLength: 1, maxLength: 64 });

export const Experiment = Type.Object({
  name: Name,
  /** What requests name: a model or a pipeline, which answers the control arm. */
  on: Name,
  /** What answers the treatment arm; of the same kind. */
  with: Name,
  /** Of people (of requests, where it is a shadow), in [0, 1]: the others are control. */
  share: Type.Number({ minimum: 0, maximum: 1 }),
  /** Whether everybody is answered by `on`, and `with` is compared unseen. */
  shadow: Type.Boolean(),
  /** Kind of event that counts as success. */
  outcome: Type.Enum(EVENT_TYPES),
  /** The difference that matters, in shares of people. */
  effect: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
  alpha: Type.Number({ exclusiveMinimum: 0, maximum: 0.5 }),
  /** People after which it ends undecided. */
  users: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()]),
  started: Type.String(),
  stopped: Type.Union([Type.String(), Type.Null()]),
});
export type Experiment = Static<typeof Experiment>;

export type Arm = "control" | "treatment";

/** The arm of a person: a function of the experiment's name and start, and of the id, so that it is the same on every server and in every report. */
export function armOf({ name, started, share }: Experiment, user: string): Arm {
  const digest = createHash("sha256").update(`${name}\0${started}\0${user}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32 < share ? "treatment" : "control";
}

/** What an answer says of the experiment that it belongs to. */
export interface Assigned {
  readonly name: string;
  readonly arm: Arm;
}

/** What shadows were like. */
interface Compared {
  answers: number;
  failures: number;
  skipped: number;
  overlap: number;
  first: number;
  ms: number;
}

/** Shadows computed at once: more are skipped, so that they take nothing from those who wait. */
const SHADOWS = 4;

/** The experiments of a service, and what it counts of them. */
export class Experiments {
  #running: readonly Experiment[] = [];
  readonly #answers = new Map<string, Record<Arm, number>>();
  readonly #failures = new Map<string, number>();
  readonly #compared = new Map<string, Compared>();
  #underWay = 0;
  #turn = 0;

  /** Those that run from here on. */
  set(running: readonly Experiment[]): void {
    this.#running = running;
  }

  /** The experiment that answers a name in two ways, if there is one. */
  of(on: string): Experiment | undefined {
    return this.#running.find((one) => one.on === on && !one.shadow);
  }

  /** Counts an answer; `hasFailed`: the treatment could not answer, and the control did instead. */
  noteAnswer(name: string, arm: Arm, hasFailed = false): void {
    const counts = this.#answers.get(name) ?? { control: 0, treatment: 0 };
    counts[arm]++;
    this.#answers.set(name, counts);
    if (hasFailed) this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
  }

  /** Lets the shadow of a name answer too, where it is its turn and there is room, and compares. Nobody waits for it. */
  shadow(on: string, shown: readonly string[], work: (instead: string) => Promise<readonly string[]>): void {
    const one = this.#running.find(({ on: name, shadow }) => shadow && name === on);
    if (!one || !this.#isTurn(one.share)) return;
    const sums = this.#compared.get(one.name) ?? { answers: 0, failures: 0, skipped: 0, overlap: 0, first: 0, ms: 0 };
    this.#compared.set(one.name, sums);
    if (this.#underWay >= SHADOWS) {
      sums.skipped++;
      return;
    }
    this.#underWay++;
    const start = performance.now();
    // after the answer was sent
    setImmediate(() => {
      work(one.with)
        .then((items) => {
          const own = new Set(items);
          const longer = Math.max(shown.length, items.length);
          sums.answers++;
          sums.overlap += longer === 0 ? 1 : shown.filter((item) => own.has(item)).length / longer;
          sums.first += Number(shown[0] === items[0]);
          sums.ms += performance.now() - start;
        })
        .catch(() => sums.failures++)
        .finally(() => this.#underWay--);
    });
  }

  /** A share of requests, evenly: every tenth where it is 0.1. */
  #isTurn(share: number): boolean {
    const turn = this.#turn++;
    return Math.floor((turn + 1) * share) > Math.floor(turn * share);
  }

  describe(): object[] {
    return this.#running.map(({ name, on, with: other, share, shadow, started }) => {
      const compared = this.#compared.get(name);
      const mean = (sum: number) => (compared && compared.answers > 0 ? sum / compared.answers : null);
      return {
        ...{ name, on, with: other, share, shadow, started },
        answers: this.#answers.get(name) ?? { control: 0, treatment: 0 },
        failures: this.#failures.get(name) ?? 0,
        ...(compared && {
          compared: {
            ...{ answers: compared.answers, failures: compared.failures, skipped: compared.skipped },
            ...{ overlap: mean(compared.overlap), sameFirst: mean(compared.first), ms: mean(compared.ms) },
          },
        }),
      };
    });
  }
}
