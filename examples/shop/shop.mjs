// The shop's site: a home page, a page for each item, a button to buy. Recommendations come from `penchant serve`; without it the site still stands.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { PenchantClient } from "penchant/client";

const { PENCHANT_URL = "http://127.0.0.1:3000", PENCHANT_KEY, PORT = "8080" } = process.env;
// a page does not wait long for recommendations: it has something else to show
const recommender = new PenchantClient({ url: PENCHANT_URL, key: PENCHANT_KEY, timeout: 1000, retries: 0 });

const goods = new Map(
  readFileSync("goods.jsonl", "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map((one) => [one.item, one]),
);

/** What recommendations say, or `instead` where there are none to be had. */
async function or(instead, work) {
  try {
    return await work();
  } catch (error) {
    console.error(`without recommendations: ${error.message}`);
    return instead;
  }
}

const anything = () => [...goods.values()].filter(({ available }) => available).slice(0, 8);
const known = (items) => items.flatMap(({ item }) => goods.get(item) ?? []);

async function home(visitor) {
  const items = await or(anything(), async () => {
    const { items: listed, model } = await recommender.recommend({ user: visitor, pipeline: "home" });
    const shown = known(listed);
    // what was shown where, so that lists can be measured later by what people chose of them
    const exposures = shown.map(({ item }, i) => ({
      ...{ user: visitor, item, type: "exposure", position: i + 1 },
      model: `${model.name}@${model.version}`,
      pipeline: "home",
    }));
    if (exposures.length > 0) await recommender.events(exposures);
    return shown;
  });
  return `<h1>For you</h1>${cards(items)}`;
}

async function itemPage(one, visitor) {
  await or(undefined, () => recommender.events([{ user: visitor, item: one.item, type: "view" }]));
  const alike = await or([], async () => known((await recommender.similar(one.item, { k: 4 })).items));
  const buy = one.available
    ? `<form method="post" action="/buy/${encodeURIComponent(one.item)}"><button>Buy for ${one.price.toFixed(2)}</button></form>`
    : "<p>Sold out.</p>";
  return `<h1>${text(one.title)}</h1><p>${text(one.category)}</p>${buy}${alike.length > 0 ? `<h2>Like this</h2>${cards(alike)}` : ""}`;
}

const cards = (items) =>
  `<ul>${items.map(({ item, title, price }) => `<li><a href="/item/${encodeURIComponent(item)}">${text(title)}</a> ${price.toFixed(2)}</li>`).join("")}</ul>`;
const text = (value) => value.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const page = (body) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Shop</title><style>body{font:16px/1.5 system-ui;max-width:40rem;margin:2rem auto;padding:0 1rem}</style><nav><a href="/">Shop</a></nav>${body}</html>`;

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? "/", "http://shop");
  const visitor = /(?:^|; )visitor=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1] ?? randomUUID();
  response.setHeader("set-cookie", `visitor=${visitor}; HttpOnly; SameSite=Lax; Path=/`);
  const send = (status, body) =>
    response.writeHead(status, { "content-type": "text/html; charset=utf-8" }).end(page(body));
  const [, kind, id = ""] = url.pathname.split("/");
  const one = goods.get(id);
  if (url.pathname === "/") send(200, await home(visitor));
  else if (kind === "item" && one) send(200, await itemPage(one, visitor));
  else if (kind === "buy" && one?.available && request.method === "POST") {
    await or(undefined, () => recommender.events([{ user: visitor, item: one.item, type: "purchase" }]));
    response.writeHead(303, { location: "/" }).end();
  } else send(404, "<h1>There is nothing here</h1>");
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
