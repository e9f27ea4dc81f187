import { writeFileSync } from "node:fs";
import { loadEngine } from "penchant";
import {
  add,
  affine,
  atLast,
  attention,
  bag,
  batchLogSumExp,
  batchMatmul,
  bernoulli,
  broadcastTo,
  categorical,
  concat,
  constant,
  crossAttention,
  crossBag,
  data,
  denseRows,
  diagram,
  div,
  draw,
  dropout,
  entryValues,
  expandLast,
  fold,
  format,
  formatSummary,
  gather,
  gradients,
  gru,
  input,
  last,
  layerNorm,
  lower,
  make,
  matmul,
  mean,
  mermaid,
  mul,
  normal,
  pad,
  param,
  pick,
  pool,
  putBack,
  reduceTo,
  reshape,
  rowDot,
  scatterAdd,
  scatterBag,
  shift,
  slice,
  spmm,
  squeezeLast,
  stopGradient,
  sub,
  sumLast,
  summary,
  type Tensor,
  tableLogSumExp,
  through,
  toDense,
  topologicalOrder,
  unary,
  unfold,
  unroll,
  verify,
  withScope,
} from "penchant/graph";

const engine = await loadEngine("reference");

// #region input param gather rowDot withScope
const user = input("user", "i32");
const item = input("item", "i32");
const table = (name: string) => withScope(name, () => param(name, [3, 2], { kind: "normal", stddev: 0.1 }));
const score = rowDot(gather(table("users"), user), gather(table("items"), item)); // [batch]
// #endregion

// #region lower format verify
const plan = lower({ score });
console.log(format(plan)); // one instruction a line
verify(JSON.parse(JSON.stringify(plan))); // a plan is data; what cannot be run throws GRAPH_PLAN
const parameters = { users: Float32Array.of(1, 2, 3, 4, 5, 6), items: Float32Array.of(1, 0, 0, 1, 1, 1) };
const ids = { user: Int32Array.of(0, 2), item: Int32Array.of(2, 1) };
console.log((await engine.evaluate(plan, parameters, ids))["score"]); // Float32Array [ 3, 6 ]
// #endregion

// #region summary formatSummary
console.log(formatSummary(summary({ score })));
// #endregion

// #region diagram mermaid
writeFileSync("score.svg", diagram({ score }));
console.log(mermaid({ score }));
// #endregion

/** What one tensor is for x = [[1, 2], [3, 4]]. */
const x = input("x", "f32", [2, 2]); // most models have ["batch", …] here
const show = async (y: Tensor): Promise<void> => {
  const values = (await engine.evaluate(lower({ y }), {}, { x: Float32Array.of(1, 2, 3, 4) }))["y"] ?? [];
  console.log(`[${y.shape}]`, ...Array.from(values, (value) => Number(value.toFixed(3))));
};

// #region add sub mul div affine unary constant
await show(add(x, x)); // 2 4 6 8
await show(sub(x, constant(1))); // 0 1 2 3
await show(mul(x, x)); // 1 4 9 16
await show(div(x, affine(x, 2, 1))); // x / (2 x + 1)
await show(unary("sigmoid", x));
// #endregion

// #region sumLast expandLast squeezeLast mean reduceTo broadcastTo
await show(sumLast(x)); // [2] 3 7
await show(expandLast(sumLast(x), 2)); // [2, 2] 3 3 7 7
await show(squeezeLast(slice(x, 0, 1))); // [2] 1 3
await show(mean(x)); // [] 2.5
await show(reduceTo(x, 1)); // [2] 4 6: sums over the rows
await show(broadcastTo(reduceTo(x, 1), x.shape)); // [2, 2] 4 6 4 6
// #endregion

// #region concat slice pad reshape matmul
await show(concat(x, x)); // [2, 4] 1 2 1 2 3 4 3 4
await show(slice(x, 1, 1)); // [2, 1] 2 4
await show(pad(x, 1, 0)); // [2, 3] 0 1 2 0 3 4
await show(reshape(slice(x, 1, 1), [2])); // [2] 2 4
await show(matmul(x, x, { transposeB: true })); // every row with every row
// #endregion

// #region dropout stopGradient make
await show(dropout(x, 0.5, 1)); // some are 0, the others doubled
await show(stopGradient(x)); // the same, but nothing learns through it
await show(make("unary", { fn: "relu" }, [x])); // any op by its name, as the functions above do it
// #endregion

// #region scatterAdd
const rows = scatterAdd(user, gather(table("users"), user), 3); // adds each row to the place that its id names
console.log((await engine.evaluate(lower({ rows }), parameters, ids))["rows"]); // 1 2 0 0 5 6
// #endregion

// #region spmm
const graph = data("history", 3, 3);
const spread = spmm(graph, table("items")); // [3, 2]: what each user's items add up to, all users at once
const returned = spmm(graph, spread, { transpose: true }); // and from the users back to the items
const seen = { offsets: Int32Array.of(0, 2, 2, 3), items: Int32Array.of(0, 1, 2) };
console.log((await engine.evaluate(lower({ returned }), parameters, {}, 0, { history: seen }))["returned"]); // 1 1 1 1 1 1
// #endregion

// #region data bag
const history = data("history", 3, 3); // row = user, columns = items, values = weights: comes with the data, is not learned
const taste = bag(table("items"), history, user); // [batch, 2]: the vectors of a user's items, weighted and added up
const met = { offsets: Int32Array.of(0, 2, 2, 3), items: Int32Array.of(0, 1, 2), values: Float32Array.of(1, 0.5, 2) };
console.log((await engine.evaluate(lower({ taste }), parameters, ids, 0, { history: met }))["taste"]); // 1 0.5 2 2
// #endregion

// #region scatterBag toDense
const back = toDense(scatterBag(gather(table("users"), user), history, user)); // what flows back through a bag, item by item
console.log((await engine.evaluate(lower({ back }), parameters, ids, 0, { history: met }))["back"]); // 1 2 0.5 1 10 12
// #endregion

// #region batchLogSumExp
const [queries, keys] = [gather(table("users"), user), gather(table("items"), item)];
const among = batchLogSumExp(queries, keys, item, user); // of each row's user with the items of the batch, but for other rows of theirs
console.log((await engine.evaluate(lower({ among }), parameters, ids))["among"]);
// #endregion

// #region draw pick putBack
const drawn = draw(4, 3, 11); // numbers of 4 rows of a table of 3: new in every step, the same for the whole batch
const picked = pick(table("items"), drawn); // [4, 2]: these rows; what flows back to them is put back where they were
const counted = putBack(drawn, broadcastTo(constant(1), [4, 1]), 3); // [3, 1]: how often each was drawn
console.log(await engine.evaluate(lower({ picked, counted }), parameters, {}, 7));
// #endregion

// #region through
const shared = through(bag(data("history", 3, 3), data("history", 3, 3), user), data("history", 3, 3)); // [batch, 3]
console.log(`${shared}`); // f32[batch,3]: rows of numbers times a sparse matrix, two steps over who did what
// #endregion

// #region normal bernoulli categorical tableLogSumExp
const noise = normal(["batch", 2], 3); // new in every step, the same for the same seed
const normalizer = tableLogSumExp(add(gather(table("users"), user), noise), table("items")); // of a softmax over all items
const coins = bernoulli(unary("sigmoid", noise), 4); // 1 with that probability, else 0
const place = categorical(unary("exp", noise), 5); // 1 at one place of each row, drawn by these weights, else 0
console.log(await engine.evaluate(lower({ noise, normalizer, coins, place }), parameters, ids, 7));
// #endregion

// #region unroll entryValues last atLast layerNorm attention shift gru
const sequence = data("sequence", 3, 3, true); // row = user, columns = items in order of time
const column = unroll(sequence, user, { newest: 50, ahead: false, part: "column" }); // [entries]: one id per event
const counts = entryValues(column); // [entries]: what each event weighs, 1 where the matrix has no values
const events = layerNorm(gather(table("items"), column), 1e-5); // [entries, 2]
const state = last(attention(events, events, events)); // [batch, 2]: the latest event, having looked at those before it
const latest = atLast(state); // [entries, 2]: the same at the latest event of each user, zeros at the others
const before = shift(events, 1); // [entries, 2]: the event before each, zeros at the first of each user
const gates = concat(events, before, add(events, before)); // [entries, 6]: what comes in, for r, z and n
const states = gru(gates, param("kernel", [2, 6], { kind: "glorotUniform" }), param("bias", [6], { kind: "zeros" }));
console.log(`${states}`); // f32[entries,2]
const done = { offsets: Int32Array.of(0, 3, 3, 4), items: Int32Array.of(1, 0, 1, 2) };
console.log(engine.evaluate(lower({ column, counts, latest }), parameters, ids, 0, { sequence: done })); // column: 1 0 1 2
// #endregion

// #region crossAttention
const profiles = table("items"); // [items, 2]: what queries are compared with; the values may be others
const looked = crossAttention(gather(table("users"), user), profiles, profiles, history, user); // [batch, 2]
console.log(`${looked}`); // f32[batch,2]
// #endregion

// #region denseRows
console.log(`${denseRows(history, user)}`); // [batch, items]: each user's row of the matrix, zeros where it has no entry
// #endregion

// #region unfold fold pool batchMatmul
const [row, columns] = [reshape(gather(table("users"), user), ["batch", 2, 1]), ["batch", 1, 2] as const];
const outer = batchMatmul(row, reshape(gather(table("items"), item), columns)); // [batch, 2, 2]: a matrix per row
const image = reshape(outer, ["batch", 2, 2, 1]); // height, width, channels
const pieces = unfold(image, { size: 2, stride: 1, padding: 1 }); // [batch, 9, 4]: times [4, kernels] a convolution
const pixels = fold(pieces, { size: 2, stride: 1, padding: 1, height: 2, width: 2 }); // each pixel times the parts that it is in
const largest = pool(image, { of: "max", size: 2, stride: 2 }); // [batch, 1, 1, 1]
console.log(`${pixels} ${largest}`);
// #endregion

// #region crossBag
const kinds = data("kinds", 3, 2); // row = item, columns = what is known of it
const weights = param("weights", [64, 1], { kind: "zeros" }); // a number for each cross: 64 of them, so that some may share one
const crossed = crossBag(weights, { matrix: history, ids: user, without: item }, { matrix: kinds, ids: item }, 9);
console.log(`${crossed}`); // f32[batch,1]: of every item that the user has with everything known of the item in question
// #endregion

// #region gradients topologicalOrder
const loss = mean(score);
const users = topologicalOrder([loss]).filter(({ op, scope }) => op === "param" && scope === "users");
const [slope] = gradients(loss, users).values();
if (slope) console.log((await engine.evaluate(lower({ slope }), parameters, ids))["slope"]); // 0.5 0.5 0 0 0 0.5
// #endregion
