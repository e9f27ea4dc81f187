/**
 * A handful of answers that a model gave when it was deployed. Before it answers others it has to give them again: weights that
 * were damaged without a trace, another engine or another version of the package do not get past them unseen.
 */
import Type, { type Static } from "typebox";
import { fail } from "../core/errors.ts";
import type { Recommendations, Recommender, Who } from "../retrieve/index.ts";

/** Named by places, not by ids, so that nobody stands in them. */
const Question = Type.Union([
  Type.Object({ userAt: Type.Integer({ minimum: 0 }) }),
  Type.Object({ historyAt: Type.Array(Type.Integer({ minimum: 0 })) }),
]);
type Question = Static<typeof Question>;

export const KnownAnswer = Type.Object({
  question: Question,
  items: Type.Array(Type.String()),
  scores: Type.Array(Type.Number()),
});
export type KnownAnswer = Static<typeof KnownAnswer>;

/** Whose answers are compared: users and items by place. */
export interface Examined {
  readonly recommender: Recommender;
  readonly users: readonly string[];
  readonly items: readonly string[];
}

const ASKED = 5;
const LENGTH = 10;
/** Of a score, or of 1 where that is more: engines add up in other orders. */
const TOLERANCE = 1e-4;

/** Users and newcomers spread over the catalogue, and what they are answered. */
export async function askKnown(model: Examined): Promise<KnownAnswer[]> {
  const places = (size: number) => [
    ...new Set(Array.from({ length: Math.min(ASKED, size) }, (_, i) => Math.floor((i * size) / ASKED))),
  ];
  const histories = places(model.items.length).map((at) => [at, Math.floor(at / 2)]);
  const questions: Question[] = [
    ...places(model.users.length).map((userAt) => ({ userAt })),
    ...histories.map((historyAt) => ({ historyAt })),
  ];
  const answers: KnownAnswer[] = [];
  for (const question of questions) {
    const { items } = await answerTo(model, question);
    answers.push({
      question,
      items: items.map(({ item }) => item),
      scores: items.map(({ score }) => score),
    });
  }
  return answers;
}

/** Throws SERVE_ANSWERS where the model answers otherwise than it did. */
export async function checkKnown(model: Examined, known: readonly KnownAnswer[]): Promise<void> {
  for (const { question, items, scores } of known) {
    const now = (await answerTo(model, question)).items;
    const differs =
      now.length !== items.length ||
      now.some(({ item, score }, i) => !isNear(score, scores[i]) || (item !== items[i] && !isTied(scores, i)));
    if (!differs) continue;
    fail("SERVE_ANSWERS", {
      what: "The model does not answer as it did when it was deployed",
      expected: items.slice(0, 3).join(", "),
      received: now
        .slice(0, 3)
        .map(({ item, score }) => `${item} (${score})`)
        .join(", "),
    });
  }
}

function answerTo({ recommender, users, items }: Examined, question: Question): Promise<Recommendations> {
  const who: Who =
    "userAt" in question
      ? (users[question.userAt] ?? "")
      : { items: [...new Set(question.historyAt)].map((at) => items[at] ?? "") };
  return recommender.recommend(who, { k: Math.min(LENGTH, items.length) });
}

const isNear = (a: number, b: number | undefined): boolean =>
  b !== undefined && Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));

/** Whether a neighbour in the list, or the place beyond its end, may have the same score. */
const isTied = (scores: readonly number[], at: number): boolean =>
  at === scores.length - 1 ||
  isNear(scores[at] as number, scores[at + 1]) ||
  (at > 0 && isNear(scores[at] as number, scores[at - 1]));
