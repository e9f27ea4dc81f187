// A small shop that never was: goods.jsonl says what it sells, events.csv what 400 people did there.
import { writeFileSync } from "node:fs";

const CATEGORIES = {
  kitchen: ["pan", "kettle", "knife", "board", "grater", "whisk"],
  garden: ["spade", "trowel", "hose", "rake", "bucket", "gloves"],
  office: ["lamp", "pen", "notebook", "stapler", "ruler", "folder"],
  sports: ["ball", "rope", "mat", "bottle", "racket", "cap"],
};
const LOOKS = ["red", "blue", "green", "black", "small", "large"];
const START = 1_780_000_000;
const DAY = 86_400;

/** The same numbers each time, from 0 to 1 (a linear congruential generator). */
let state = 12_345;
const random = () => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};
const below = (n) => Math.floor(random() * n);

const goods = Object.entries(CATEGORIES).flatMap(([category, names]) =>
  names.flatMap((name) => LOOKS.map((look) => ({ category, title: `${look} ${name}` }))),
);
const lines = goods.map(({ category, title }, i) => {
  const price = 5 + below(4000) / 100;
  return JSON.stringify({
    item: `g${i + 1}`,
    title,
    category,
    price: Number(price.toFixed(2)),
    margin: Number((price * (0.1 + 0.4 * random())).toFixed(2)),
    released: START - below(365) * DAY,
    available: i % 29 !== 28,
  });
});
writeFileSync("goods.jsonl", `${lines.join("\n")}\n`);

const kinds = ["view", "view", "view", "cart", "purchase"];
const rows = ["person,item,kind,time"];
for (let turn = 0; turn < 30; turn++) {
  for (let person = 1; person <= 400; person++) {
    // most of what somebody does is in their own category, and the first goods of each are the most popular
    const category = random() < 0.8 ? person % 4 : below(4);
    const item = category * 36 + Math.floor(36 * random() ** 2) + 1;
    rows.push(`p${person},g${item},${kinds[below(5)]},${START + turn * DAY + person}`);
  }
}
writeFileSync("events.csv", `${rows.join("\n")}\n`);
