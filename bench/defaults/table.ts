import { markdownLine } from "../markdown.ts";
import type { Table } from "../row-file.ts";
import type { DefaultsRow } from "./record.ts";

const shown = (value: number): string => value.toFixed(3).replace(/^0/, "");

function lineOf({ set, users, items, trained, model, metric, tried, best, test }: DefaultsRow): string {
  const [defaults] = tried;
  if (!defaults) return "";
  const values = tried.map(({ validation }) => validation);
  const top = metric === "rmse" ? Math.min(...values) : Math.max(...values);
  const share = metric === "rmse" ? top / defaults.validation : defaults.validation / top;
  const settings = Object.entries(best).map(([name, value]) => `${name}=${value}`);
  const tuned = tried.length === 1 ? "–" : settings.length === 0 ? "the defaults" : `\`${settings.join(" ")}\``;
  const cells = [
    ...[set, `${users} x ${items}, ${trained}`, model, metric],
    ...[shown(defaults.validation), String(defaults.epoch), `${Math.round(defaults.seconds)} s`],
    ...[tuned, tried.length === 1 ? "–" : shown(top), tried.length === 1 ? "–" : `${(100 * share).toFixed(0)} %`],
    ...[`**${shown(test.defaults)}**`, test.best === null ? "–" : shown(test.best)],
  ];
  return markdownLine(cells);
}

function tableOf(rows: readonly DefaultsRow[]): string {
  return [
    "| data | users x items, trained on | model | metric | validation: defaults | epoch | time | best of the settings tried | validation: that | defaults reach | test: defaults | test: best |",
    "|---|---|---|---|--:|--:|--:|---|--:|--:|--:|--:|",
    ...rows.map(lineOf),
  ].join("\n");
}

export const defaultsTable: Table<DefaultsRow> = { name: "defaults", document: "docs/defaults.md", text: tableOf };
