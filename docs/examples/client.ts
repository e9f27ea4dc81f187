import { PenchantClient, RequestRefused } from "penchant/client";

// in your own code: penchant serve shop, and its address
const answer = {
  user: "7",
  known: true,
  method: "model",
  items: [
    { item: "film-3", score: 1.9 },
    { item: "film-8", score: 1.7 },
    { item: "film-1", score: 1.2 },
  ],
};
const fetch = async () => Response.json(answer);

// #region PenchantClient RequestRefused
const shop = new PenchantClient({ url: "http://127.0.0.1:3000", key: "pk_…", fetch });
try {
  const list = await shop.recommend({ user: "7", k: 10, filter: 'item.genre == "drama"' });
  console.log(list.method, list.known, list.items); // where the list comes from, and what is in it
  await shop.events([{ user: "7", item: "film-3", type: "purchase" }]); // counts in the next list
} catch (error) {
  if (error instanceof RequestRefused) console.error(error.code, error.fix);
  else throw error;
}
// #endregion
