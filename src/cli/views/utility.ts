import pc from "picocolors";
import { grouped } from "../format.ts";
import { table } from "../table.ts";
import type { SolvedUtility } from "../utility.ts";

export function formatUtility({
  pipeline,
  users,
  others,
  seed,
  rules,
  value,
  file,
  warnings = [],
}: SolvedUtility): string {
  const number = (one: number) => one.toPrecision(4);
  const rows = rules.map(({ rule, is, bound, price, without, reached, ofOthers }) => [
    rule,
    `${is === "least" ? "≥" : "≤"} ${number(bound)}`,
    ...[price, without, reached, ofOthers].map(number),
  ]);
  const worth = [
    "value",
    `≤ ${number(value.bound)}`,
    "–",
    ...[value.without, value.reached, value.ofOthers].map(number),
  ];
  return [
    `${pc.bold(pipeline)}: prices found with ${grouped(users)} people, tried on ${grouped(others)} others, seed ${seed}`,
    table(["rule", "bound", "price", "without", "with prices", "of others"], [...rows, worth]),
    ...warnings.map(({ message }) => pc.yellow(`! ${message}`)),
    `The pages are within ${(100 * value.gap).toFixed(2)} % of the best that keep the rules.`,
    file === undefined
      ? "\nNext: --output FILE writes the pipeline with its prices"
      : `\nNext: penchant serve --pipeline ${file}`,
  ].join("\n");
}
