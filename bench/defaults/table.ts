import type { DefaultsRow } from "./record.ts";

const [begin, end] = ["<!-- defaults: begin (npm run bench -- defaults) -->", "<!-- defaults: end -->"];

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
  return `| ${cells.join(" | ")} |`;
}

/** The table of the document. */
export function tableOf(rows: readonly DefaultsRow[]): string {
  return [
    "| data | users x items, trained on | model | metric | validation: defaults | epoch | time | best of the settings tried | validation: that | defaults reach | test: defaults | test: best |",
    "|---|---|---|---|--:|--:|--:|---|--:|--:|--:|--:|",
    ...rows.map(lineOf),
  ].join("\n");
}

/** The document with another table between its marks. */
export function documentWith(text: string, table: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the document lacks ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
}

/** The table that the document holds. */
export const tableIn = (text: string): string =>
  text.slice(text.indexOf(begin) + begin.length, text.indexOf(end)).trim();
