import { markdownTable } from "../markdown.ts";
import type { Table } from "../row-file.ts";
import { COUNTS, type FoldInRow } from "./record.ts";

const shown = (value: number | undefined): string =>
  value === undefined ? "–" : value.toFixed(3).replace(/^0\./, ".");

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string => markdownTable(heads, rows, 2);

const counts = COUNTS.map((count) => `${count} known`);

function errors(rows: readonly FoldInRow[]): string {
  const lines = rows.flatMap(({ set, model, rmse, ridge }) => [
    ...(rmse ? [[set, model, ...rmse.map(shown)]] : []),
    ...(ridge ? [[set, "a ridge on its vectors", ...ridge.map(shown)]] : []),
  ]);
  return table(["data", "RMSE of", ...counts], lines);
}

function lists(rows: readonly FoldInRow[]): string {
  const lines = rows.flatMap(({ set, model, ndcg, trained }) =>
    ndcg ? [[set, model, ...ndcg.map(shown), shown(trained)]] : [],
  );
  return table(["data", "NDCG@10 of", ...counts, "all known", "trained on them"], lines);
}

function reasons(rows: readonly FoldInRow[]): string {
  const lines = rows.flatMap(({ set, model, reasons }) => {
    if (!reasons) return [];
    const { profiles, reason, similar, random, error, disliked } = reasons;
    return [
      [
        set,
        model,
        String(profiles),
        `**${shown(reason)}**`,
        shown(similar),
        shown(random),
        shown(error),
        String(disliked),
      ],
    ];
  });
  const heads = ["people", "first reason", "most similar item", "any item", "± (first - similar)", "disliked reasons"];
  return table(["data", "model", ...heads], lines);
}

const text = (rows: readonly FoldInRow[]): string => [errors(rows), lists(rows), reasons(rows)].join("\n\n");

/** Three tables: ratings, lists, reasons. */
export const foldInTable: Table<FoldInRow> = { name: "fold-in", document: "docs/newcomers.md", text };
