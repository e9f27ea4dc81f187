import pc from "picocolors";
import type { SplitKnowledge } from "../../dataset/index.ts";
import { grouped } from "../format.ts";
import type { LeakageReport } from "../leakage.ts";

/** What each split lets through, in words. */
export function formatLeakage(name: string, { splits, impossible, tied }: LeakageReport): string {
  const moments = tied
    ? `Times: ${grouped(tied.interactions)} of ${grouped(tied.of)} interactions share their moment with another one of the same user (${grouped(tied.users)} users), so that times alone do not order them.`
    : "There are no times: nothing tells what came before what.";
  return [
    pc.bold(name),
    moments,
    ...splits.map(inWords),
    ...impossible.map(({ split, reason }) => `${split}: ${reason}`),
  ].join("\n\n");
}

const percent = (part: number): string => `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`;

export function knowledgeInWords(knowledge: SplitKnowledge): string[] {
  const { future, sameMoment = 0, newItems, newUsers, test } = knowledge;
  return [
    ...(future === undefined
      ? []
      : [
          future > 0
            ? `Of what training holds, ${percent(future)} happened, on average, after what it is to foretell: the model knows something of a future that it will not know when it answers.`
            : "Nothing that training holds happened after what it is to foretell.",
        ]),
    ...(sameMoment > 0
      ? [
          `${grouped(sameMoment)} of ${grouped(test)} tested interactions happened at the same moment as one in training of the same user: which came first is not in the times.`,
        ]
      : []),
    ...(newItems > 0 ? [`${grouped(newItems)} of ${grouped(test)} are of items that nobody has in training.`] : []),
    ...(newUsers > 0 ? [`${grouped(newUsers)} of ${grouped(test)} are of users who have nothing in training.`] : []),
  ];
}

function inWords(leakage: LeakageReport["splits"][number]): string {
  const { split, train, test, users, findings } = leakage;
  const lines = [...knowledgeInWords(leakage), ...findings.map(({ message }) => message)];
  const head = `${split}: ${grouped(train)} to learn from, ${grouped(test)} tested of ${grouped(users)} users`;
  return [head, ...lines.map((line) => `  ${line}`)].join("\n");
}
