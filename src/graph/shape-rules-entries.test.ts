import {
  data,
  describeShapes,
  entries,
  ids,
  rows,
  type ShapeCase,
  sequence,
  table,
  user,
  x,
} from "../../test/support/shape-cases.ts";

describeShapes([
  {
    op: "tableLogSumExp",
    takes: [rows, table(9, 4)],
    gives: ["batch"],
    refuses: {
      "a number per row": [x("batch"), table(9, 4)],
      "no rows": [table(3, 4), table(9, 4)],
      "no table": [rows, rows],
      "another width": [rows, table(9, 3)],
    },
  },
  ...(["rows", "table"] as const).map(
    (of): ShapeCase => ({
      op: "tableLogSumExpGrad",
      attrs: { of },
      takes: [rows, table(9, 4), x("batch"), x("batch")],
      gives: of === "rows" ? ["batch", 4] : [9, 4],
      refuses: {
        "another value": [rows, table(9, 4), rows, x("batch")],
        "another gradient": [rows, table(9, 4), x("batch"), rows],
        "another width": [rows, table(9, 3), x("batch"), x("batch")],
      },
    }),
  ),
  {
    op: "unroll",
    attrs: { part: "column", newest: 3, ahead: false },
    takes: [sequence, user],
    gives: ["entries"],
    refuses: {
      "rows without order": [data(5, 9), user],
      "ids that are numbers": [sequence, x("batch")],
      "ids of entries": [sequence, entries("column")],
      "ids of two dimensions": [sequence, ids("batch", 2)],
      "a next one that is not ahead": [[sequence, user], { part: "next", newest: 3, ahead: false }],
    },
  },
  {
    op: "entryValues",
    attrs: { part: "column" },
    takes: [entries("column")],
    gives: ["entries"],
    refuses: {
      "ids of the batch": [user],
      "another part": [entries("next")],
      places: [[entries("position")], { part: "position" }],
    },
  },
  ...(["last", "shift"] as const).map(
    (op): ShapeCase => ({
      op,
      attrs: { by: 1 },
      takes: [x("entries", 4)],
      gives: [op === "last" ? "batch" : "entries", 4],
      refuses: { rows: [rows], "a number per entry": [x("entries")], "three dimensions": [x("entries", 4, 1)] },
    }),
  ),
  {
    op: "atLast",
    takes: [rows],
    gives: ["entries", 4],
    refuses: { entries: [x("entries", 4)], "a number per row": [x("batch")], "three dimensions": [x("batch", 4, 1)] },
  },
  {
    op: "gru",
    takes: [x("entries", 12), x(4, 12), x(12)],
    gives: ["entries", 4],
    refuses: {
      "gates of another width": [x("entries", 8), x(4, 12), x(12)],
      "gates of rows": [x("batch", 12), x(4, 12), x(12)],
      "a kernel of another width": [x("entries", 12), x(4, 8), x(12)],
      "a bias of another width": [x("entries", 12), x(4, 12), x(8)],
      "a kernel of rows": [x("entries", 12), x("batch", 12), x(12)],
    },
  },
  {
    op: "gruGrad",
    takes: [x("entries", 12), x("entries", 12), x("entries", 4), x(4, 12), x("entries", 4)],
    gives: ["entries", 16],
    refuses: {
      "other gates": [x("entries", 8), x("entries", 12), x("entries", 4), x(4, 12), x("entries", 4)],
      "other products": [x("entries", 12), x("entries", 8), x("entries", 4), x(4, 12), x("entries", 4)],
      "other states": [x("entries", 12), x("entries", 12), x("entries", 3), x(4, 12), x("entries", 4)],
      "another gradient": [x("entries", 12), x("entries", 12), x("entries", 4), x(4, 12), x("entries", 3)],
    },
  },
  ...(["attention", "attentionGrad"] as const).map(
    (op): ShapeCase => ({
      op,
      attrs: { heads: 2 },
      takes: [x("entries", 4), x("entries", 4), x("entries", 4)],
      gives: ["entries", op === "attention" ? 4 : 12],
      refuses: {
        rows: [rows, rows, rows],
        "a number per entry": [x("entries"), x("entries"), x("entries")],
        "three dimensions": [x("entries", 4, 2), x("entries", 4, 2), x("entries", 4, 2)],
        "another width": [x("entries", 4), x("entries", 4), x("entries", 6)],
        "heads that do not share out the width": [[x("entries", 4), x("entries", 4), x("entries", 4)], { heads: 3 }],
      },
    }),
  ),
  {
    op: "layerNorm",
    attrs: { epsilon: 1e-5 },
    takes: [x("entries", 4)],
    gives: ["entries", 4],
    refuses: { "a table": [table(3, 4)], "a number per row": [x("batch")], "three dimensions": [x("batch", 4, 2)] },
  },
  {
    op: "layerNormGrad",
    attrs: { epsilon: 1e-5 },
    takes: [rows, rows],
    gives: ["batch", 4],
    refuses: {
      tables: [table(3, 4), table(3, 4)],
      "numbers per row": [x("batch"), x("batch")],
      "three dimensions": [x("batch", 4, 2), x("batch", 4, 2)],
      "another gradient": [rows, x("batch", 3)],
    },
  },
  {
    op: "crossAttention",
    takes: [x("batch", 3), table(7, 3), table(7, 5), data(6, 7), user, user],
    gives: ["batch", 5],
    refuses: {
      "entries in place of rows": [x("entries", 3), table(7, 3), table(7, 5), data(6, 7), ids("entries")],
      "left out columns that are numbers": [x("batch", 3), table(7, 3), table(7, 5), data(6, 7), user, x("batch")],
    },
  },
  ...(["query", "keys", "values"] as const).map(
    (of): ShapeCase => ({
      op: "crossAttentionGrad",
      attrs: { of },
      takes: [x("batch", 3), table(7, 3), table(7, 5), x("batch", 5), x("batch", 5), data(6, 7), user],
      gives: { query: ["batch", 3] as const, keys: [7, 3], values: [7, 5] }[of],
      refuses: {
        "another value": [x("batch", 3), table(7, 3), table(7, 5), x("batch", 3), x("batch", 5), data(6, 7), user],
        "another gradient": [x("batch", 3), table(7, 3), table(7, 5), x("batch", 5), x("batch", 3), data(6, 7), user],
      },
    }),
  ),
  {
    op: "crossBag",
    attrs: { id: 1 },
    takes: [table(11, 4), data(5, 7), data(6, 8), user, user, user],
    gives: ["batch", 4],
    refuses: {
      "a table that is a vector": [table(11), data(5, 7), data(6, 8), user, user],
      "more buckets than ids": [table(2 ** 31, 4), data(5, 7), data(6, 8), user, user],
      "no data on the left": [table(11, 4), table(5, 7), data(6, 8), user, user],
      "no data on the right": [table(11, 4), data(5, 7), table(6, 8), user, user],
      "ids of entries on the left": [table(11, 4), data(5, 7), data(6, 8), ids("entries"), user],
      "ids of entries on the right": [table(11, 4), data(5, 7), data(6, 8), user, ids("entries")],
      "left out columns that are numbers": [table(11, 4), data(5, 7), data(6, 8), user, user, x("batch")],
    },
  },
  {
    op: "crossBagGrad",
    attrs: { rows: 11 },
    takes: [rows, data(5, 7), data(6, 8), user, user],
    gives: [11, 4],
    refuses: {
      "a number per row": [x("batch"), data(5, 7), data(6, 8), user, user],
      entries: [x("entries", 4), data(5, 7), data(6, 8), user, user],
      "no data": [rows, data(5, 7), table(6, 8), user, user],
    },
  },
  {
    op: "batchLogSumExp",
    takes: [rows, rows, x("batch"), user],
    gives: ["batch"],
    refuses: {
      "keys of another width": [rows, x("batch", 3), user, user],
      entries: [x("entries", 4), x("entries", 4), user, user],
      "numbers per row": [x("batch"), x("batch"), user, user],
      "ids of entries": [rows, rows, ids("entries"), user],
    },
  },
  {
    op: "batchLogSumExpGrad",
    takes: [rows, rows, user, user, x("batch"), x("batch")],
    gives: ["batch", 4],
    refuses: { "another gradient": [rows, rows, user, user, x("batch"), rows] },
  },
]);
