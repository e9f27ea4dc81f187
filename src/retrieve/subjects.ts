import type { Artifact } from "../artifact/types.ts";
import type { Csr } from "../core/csr.ts";
import { fail } from "../core/errors.ts";
import { union } from "../core/sorted.ts";
import type { Engine, Scorer } from "../engine/contract.ts";
import { type AskedEvent, eventRows, isAsked } from "./event.ts";
import type { FoldIn } from "./fold-in.ts";
import { answersHistories, byHistory } from "./history.ts";
import type { Ids } from "./ids.ts";
import { encoded, featuresOfUser } from "./known-features.ts";
import { isPersonal } from "./learning.ts";
import { NOTHING, type Pasts, withFresh } from "./past.ts";
import { checkRatings, type Scale } from "./scale.ts";
import {
  answersOf,
  anybody,
  askingUser,
  baselineUser,
  describedUser,
  foldedIn,
  type Subject,
  trainedUser,
} from "./subject.ts";
import { type Taste, tasteOf } from "./taste.ts";
import type { AnswerWarning, Who } from "./types.ts";
import { type Asker, askerOf } from "./who.ts";

export interface Recognized {
  readonly subject: Subject;
  /** The id asked for; null for a profile without one. */
  readonly user: string | null;
  /** Everything that the person is known to have met: item indices, ascending. */
  readonly seen: Int32Array;
  /** Ids of the request that the run does not know. */
  readonly ignored: readonly string[];
  readonly warnings: readonly AnswerWarning[];
}

export interface SubjectsInput {
  readonly artifact: Artifact;
  readonly engine: Engine;
  readonly scorer: Scorer;
  readonly users: Ids;
  readonly items: Ids;
  readonly pasts: Pasts;
  readonly folding: FoldIn | undefined;
  readonly scale: Scale | undefined;
  /** The side of the run's users in scores that are inner products. */
  readonly query: ((user: number) => Promise<Float32Array>) | undefined;
}

/** Finds out who asks, and how they can be answered. */
export class Subjects {
  readonly #input: SubjectsInput;
  readonly #taste: Taste;

  constructor(input: SubjectsInput) {
    this.#input = input;
    this.#taste = tasteOf(input.artifact);
  }

  /** Whether the run has learned anything that tells this user from others: events, or what is known of them besides. */
  knows(user: number): boolean {
    return this.#input.pasts.learned(user).items.length > 0 || this.#described(user) !== undefined;
  }

  /** What the run has been told of its user. */
  #described(user: number): Csr | undefined {
    const features = featuresOfUser(this.#input.artifact, user);
    return features && features.items.length > 0 ? features : undefined;
  }

  /** `event`: what is known of the event that they ask in. */
  async recognize(who: Who, event: AskedEvent = {}): Promise<Recognized> {
    const asker = askerOf(who);
    if (this.#input.scale) checkRatings(this.#input.scale, asker.ratings);
    const { user = null, items = [] } = asker;
    const index = user === null ? undefined : this.#input.users.indexOf(user);
    if (asker.features) checkNew(user, index);
    const features = this.#features(asker, index);
    // Of what was done since nobody says when it was.
    const last = items.length === 0 ? index : undefined;
    const context = isAsked(event) ? eventRows(this.#input.artifact, event, [last]) : undefined;
    if (items.length === 0 && asker.features && features) {
      const subject = describedUser({ engine: this.#input.engine, artifact: this.#input.artifact }, features, context);
      return { subject, user, seen: NOTHING.items, ignored: [], warnings: [] };
    }
    if (items.length === 0) {
      const subject =
        index === undefined ? anybody(this.#input.artifact.popularity, NOTHING) : this.#trained(index, context);
      return { subject, user, seen: this.#seen(index), ignored: [], warnings: [] };
    }
    return this.#withItems(asker, index, { features, context });
  }

  /** Those of the request, or those that the run has of its user. */
  #features({ features }: Asker, index: number | undefined): Csr | undefined {
    const { artifact } = this.#input;
    if (features) return encoded(artifact, "users", [features]);
    return index === undefined ? undefined : this.#described(index);
  }

  #seen(user: number | undefined): Int32Array {
    return user === undefined ? NOTHING.items : this.#input.pasts.seen(user);
  }

  #trained(user: number, context?: Csr): Subject {
    const { artifact, engine, scorer, pasts, query } = this.#input;
    const past = pasts.learned(user);
    const features = this.#described(user);
    // Without training interactions the rows of a user are still those that training began with.
    if (past.items.length === 0)
      return features ? describedUser({ engine, artifact }, features, context) : anybody(artifact.popularity, past);
    if (context) return askingUser({ engine, artifact }, user, past, features, context);
    const answers = answersOf(scorer, user, artifact.items.length);
    return isPersonal(artifact.metadata)
      ? trainedUser(answers, past, features, query && (() => query(user)))
      : baselineUser(answers, past);
  }

  /** Somebody new, or a user of the run who has done something since: rows are fitted to all that is known. */
  async #withItems(
    asker: Asker,
    index: number | undefined,
    { features, context }: Pick<Subject, "features" | "context">,
  ): Promise<Recognized> {
    const { user = null, items = [], ratings } = asker;
    const { artifact, engine, pasts, folding } = this.#input;
    const { liked, met, unknown, warnings } = this.#taste(items, ratings, this.#input.items);
    const past = index === undefined ? liked : withFresh(pasts.learned(index), liked);
    const about = {
      user,
      seen: union(this.#seen(index), met),
      ignored: [...(user !== null && index === undefined ? [user] : []), ...unknown],
      warnings,
    };
    if (folding && liked.items.length > 0) {
      return { ...about, subject: await foldedIn(folding, { engine, artifact }, past, features, context) };
    }
    if (answersHistories(artifact) && liked.items.length > 0) {
      return { ...about, subject: await byHistory({ artifact, engine }, past, features, context) };
    }
    const subject = index === undefined ? anybody(artifact.popularity, past) : this.#trained(index, context);
    return { ...about, subject };
  }
}

function checkNew(user: string | null, index: number | undefined): void {
  if (index === undefined) return;
  fail("CONFIG_VALUE", {
    what: `The run knows the user ${JSON.stringify(user)}, with features of their own`,
    fix: "Leave out the features, or the user.",
  });
}
