import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { temporaryFile } from "../../test/support/folder.ts";
import type { ReadOptions } from "./options.ts";
import { readEvents } from "./read.ts";

/** A file as people have it, and what it says. */
interface Kind {
  readonly what: string;
  readonly text: string | Buffer;
  readonly file?: string;
  readonly options?: ReadOptions;
  /** user, item, value, time of the first interaction; `undefined` where the file has none. */
  readonly first: readonly [user: string, item: string, value?: number | undefined, time?: number | undefined];
  /** Interactions, users, items. */
  readonly size: readonly [rows: number, users: number, items: number];
  readonly rejected?: number;
  /** Codes of warnings, all of them. */
  readonly told?: readonly string[];
}

async function check({
  text,
  file = "x.csv",
  options = {},
  first,
  size,
  rejected = 0,
  told = [],
}: Kind): Promise<void> {
  const { events, report } = await readEvents(temporaryFile(file, text), options);
  const { users, items, user, item, value, time } = events;
  expect([users.text(user.at(0)), items.text(item.at(0)), value?.at(0), time?.at(0)]).toEqual([
    ...first,
    ...Array.from({ length: 4 - first.length }, () => undefined),
  ]);
  expect([user.length, users.size, items.size]).toEqual(size);
  expect(report.rejected.count).toBe(rejected);
  expect(report.warnings.map(({ code }) => code)).toEqual(told);
}

/** Rows of six users and five items, 30 of them, each made by a function of its number, user and item. */
const rows = (make: (i: number, u: string, p: string) => string, count = 30): string =>
  Array.from({ length: count }, (_, i) => `${make(i, `u${i % 6}`, `p${i % 5}`)}\n`).join("");
const SIZE = [30, 6, 5] as const;

const ROLES: readonly Kind[] = [
  {
    what: "a row's own number is no item",
    text: `id,user_id,product_name,created_at\n${rows((i, u, p) => `${i + 1},${u},${p},2024-01-${10 + (i % 20)} 10:23:45.1+00`)}`,
    first: ["u0", "p0", undefined, 1704882225.1],
    size: SIZE,
  },
  {
    what: "a spreadsheet's nameless first column is no user",
    text: `,user,item,rating\n${rows((i, u, p) => `${i},${u},${p},${1 + (i % 5)}`)}`,
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "an order's number is no item",
    text: `order_id,customer_id,sku,qty,unit_price\n${rows((i, u, p) => `${9000 + i},${u},${p},${1 + (i % 3)},${(i % 5) + 0.99}`)}`,
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "a row number without a name is no user",
    text: rows((i, u, p) => `${i},${u},${p},${1 + (i % 4)}`),
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "stars between user and item, without names",
    text: rows((i) => `${100 + (i % 6)},${1 + (i % 4)},${500 + (i % 5)}`),
    first: ["100", "500", 1],
    size: SIZE,
  },
  {
    what: "a release date says nothing of what happened",
    text: `user,movie,release_date,rating\n${rows((i, u, p) => `${u},${p},20${10 + (i % 5)}-05-01,${1 + (i % 4)}`)}`,
    first: ["u0", "p0", 1],
    size: SIZE,
    told: ["time-not-used"],
  },
  {
    what: "a birth date neither, beside a time",
    text: `user_id,birth_date,item_id,timestamp\n${rows((i, u, p) => `${u},198${i % 6}-05-01,${p},${1600000000 + 7 * i}`)}`,
    first: ["u0", "p0", undefined, 1600000000],
    size: SIZE,
  },
  {
    what: "a discount is no count, an age no value",
    text: `user,age,item,discount\n${rows((i, u, p) => `${u},${20 + (i % 6)},${p},${(i % 3) / 10}`)}`,
    first: ["u0", "p0"],
    size: SIZE,
  },
  {
    what: "is_member is no member",
    text: `is_member,reader,book\n${rows((i, u, p) => `${i % 2},${u},${p}`)}`,
    first: ["u0", "p0"],
    size: SIZE,
  },
  {
    what: "an author is no reader",
    text: `book,author,reader_id,rating\n${rows((i, u, p) => `${p},author ${i % 5},${u},${1 + (i % 4)}`)}`,
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "an author is a user where there is no other",
    text: `author,subreddit,created_utc\n${rows((i, u, p) => `${u},${p},${1600000000 + i}`)}`,
    first: ["u0", "p0", undefined, 1600000000],
    size: SIZE,
  },
  {
    what: "how long is no time",
    text: `user_id,video_id,watch_time\n${rows((i, u, p) => `${u},${p},${i + 0.5}`)}`,
    first: ["u0", "p0", 0.5],
    size: SIZE,
  },
  {
    what: "a duration beside a time",
    text: `uid,song,duration,played_at\n${rows((i, u, p) => `${u},${p},${100 + i},2024-03-01T10:${10 + i}:00Z`)}`,
    first: ["u0", "p0", 100, 1709287800],
    size: SIZE,
  },
  {
    what: "where the user lives is no item",
    text: `user,location,product\n${rows((i, u, p) => `${u},city ${i % 6},${p}`)}`,
    first: ["u0", "p0"],
    size: SIZE,
  },
  {
    what: "a track rather than its artist",
    text: `listener,artist,track,plays\n${rows((i, u, p) => `${u},artist ${(i % 5) % 2},${p},${1 + (i % 4)}`)}`,
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "genres are no items",
    text: `user,genres,title\n${rows((i, u, p) => `${u},a|b|${i % 5},${p}`)}`,
    first: ["u0", "p0"],
    size: SIZE,
  },
  {
    what: "ids written as floats, without names",
    text: "1.0,10.0,4,964982703\n1.0,11.0,5,964982704\n2.0,10.0,3,964982705\n2.0,12.0,4,964982706\n",
    first: ["1.0", "10.0", 4, 964982703],
    size: [4, 2, 3],
  },
  {
    what: "an event log with a key that is mostly empty",
    text: `timestamp,visitorid,event,itemid,transactionid\n${rows((i, u, p) => `${1433221332117 + i},${u},${i % 9 ? "view" : "transaction"},${p},${i % 9 ? "" : i}`)}`,
    first: ["u0", "p0", undefined, 1433221332.117],
    size: SIZE,
    told: ["times-in-milliseconds"],
  },
  {
    what: "a rating that is only sometimes there is not used, and told",
    text: `user_id,item_id,rating,watched_at\n${rows((i, u, p) => `${u},${p},${i % 4 ? "" : 5},2024-01-${10 + (i % 20)}`)}`,
    first: ["u0", "p0", undefined, 1704844800],
    size: SIZE,
    told: ["value-mostly-empty"],
  },
  {
    what: "a rating that is sometimes not there is missing",
    text: `user,item,rating\n${rows((i, u, p) => `${u},${p},${i % 4 ? 5 : ""}`)}`,
    first: ["u0", "p0", Number.NaN],
    size: SIZE,
    told: ["unknown-values"],
  },
  {
    what: "likes and dislikes count, and what as is told",
    text: `user_id,item_id,rating\n${rows((i, u, p) => `${u},${p},${i % 3 ? "like" : "dislike"}`)}`,
    first: ["u0", "p0", -1],
    size: SIZE,
    told: ["words-as-values"],
  },
  {
    what: "true and false",
    text: `user,item,liked\n${rows((i, u, p) => `${u},${p},${i % 3 ? "True" : "False"}`)}`,
    first: ["u0", "p0", 0],
    size: SIZE,
    told: ["words-as-values"],
  },
  {
    what: "other words called a rating are told",
    text: `user,item,rating\n${rows((i, u, p) => `${u},${p},${i % 3 ? "fine" : "awful"}`)}`,
    first: ["u0", "p0"],
    size: SIZE,
    told: ["unreadable-values"],
  },
  {
    what: "an item in every row is told",
    text: `user,item\n${rows((i, u) => `${u},p${i}`)}`,
    first: ["u0", "p0"],
    size: [30, 6, 30],
    told: ["item-in-every-row"],
  },
  {
    what: "a fact about the user taken for the item is told",
    text: `user,item\n${rows((i, u) => `${u},city ${i % 3}`)}`,
    first: ["u0", "city 0"],
    size: [30, 6, 3],
    told: ["item-repeats-user"],
  },
  {
    what: "names beside keys are no other reading",
    text: `user_id,user_name,item_id,item_name,item_price,rating\n${rows((i, u, p) => `${u},Name ${u},${p},Thing ${p},${p.slice(1)}.99,${1 + (i % 4)}`)}`,
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "an episode rather than its show",
    text: `listener,show,episode,watch_time\n${rows((i, u, p) => `${u},show ${(i % 5) % 2},${p},00:0${1 + (i % 4)}:30`)}`,
    first: ["u0", "p0", 90],
    size: SIZE,
  },
  {
    what: "amounts of money",
    text: `Kundennummer;Artikelnummer;Menge;Bestelldatum\n${rows((i, u, p) => `${u};${p};$1,${200 + (i % 4)}.50;${10 + (i % 19)}.05.2014`)}`,
    first: ["u0", "p0", 1200.5, 1399680000],
    size: SIZE,
  },
  {
    what: "stars drawn",
    text: `customer,product,stars\n${rows((i, u, p) => `${u},${p},${"★".repeat(1 + (i % 4))}`)}`,
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "a second column of dates is told",
    text: `user_id,checkin,checkout,hotel\n${rows((i, u, p) => `${u},2014-08-${10 + (i % 19)},2014-08-${11 + (i % 19)},${p}`)}`,
    first: ["u0", "p0", undefined, 1407628800],
    size: SIZE,
    told: ["unsure-time"],
  },
  {
    what: "names that say nothing are told",
    text: `aa,bb\n${rows((_, u, p) => `${u},${p}`)}`,
    first: ["u0", "p0"],
    size: SIZE,
    told: ["unsure-columns"],
  },
  {
    what: "names in other languages",
    text: `Benutzer;Artikel;Bewertung;Datum\n${rows((i, u, p) => `${u};${p};${1 + (i % 4)},5;${10 + (i % 19)}.05.2014`)}`,
    first: ["u0", "p0", 1.5, 1399680000],
    size: SIZE,
  },
];

const SEPARATORS: readonly Kind[] = [
  {
    what: "decimal commas between semicolons, without names",
    text: rows((i, u, p) => `${u};${p};${1 + (i % 4)},5`),
    first: ["u0", "p0", 1.5],
    size: SIZE,
  },
  {
    what: "three decimals after a comma",
    text: `user;item;rating\n${rows((i, u, p) => `${u};${p};${1 + (i % 4)},125`)}`,
    first: ["u0", "p0", 1.125],
    size: SIZE,
  },
  {
    what: "thousands with commas, in quotes",
    text: `user,item,plays\n${rows((i, u, p) => `${u},${p},"1,${200 + (i % 4)}"`)}`,
    first: ["u0", "p0", 1200],
    size: SIZE,
  },
  {
    what: "commas in free text between semicolons",
    text: `user_id;item_id;note\n${rows((i, u, p) => `${u};${p};so ${i}, well ${i}, fine ${i}`)}`,
    first: ["u0", "p0"],
    size: SIZE,
  },
  {
    what: "many commas in free text, names that say nothing",
    text: `aa;bb;text\n${rows((_, u, p) => `${u};${p};so, well, fine, ok`, 120)}`,
    first: ["u0", "p0"],
    size: [120, 6, 5],
    told: ["unsure-columns"],
  },
  {
    what: "numbers for names, as data frames write them",
    text: `,0,1,2\n${rows((i, u, p) => `${i},${u},${p},${1 + (i % 4)}`)}`,
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "names between the rows are told",
    text: `user,item\n${rows((_, u, p) => `${u},${p}`)}user,item\nu1,p1\n`,
    first: ["u0", "p0"],
    size: [32, 7, 6],
    told: ["header-looks-like-data", "names-among-ids"],
  },
  {
    what: "a spreadsheet's sep= line",
    text: `sep=;\r\nuser;item\r\n${rows((_, u, p) => `${u};${p}\r`)}`,
    first: ["u0", "p0"],
    size: SIZE,
  },
  {
    what: "a title above the names",
    text: `Ratings export\n\nuser_id,item_id\n${rows((_, u, p) => `${u},${p}`)}`,
    first: ["u0", "p0"],
    size: SIZE,
    told: ["title-lines"],
  },
  {
    what: "titles as a spreadsheet fills them up",
    text: `Ratings,,\nMay 2024,,\nuser,item,stars\n${rows((i, u, p) => `${u},${p},${1 + (i % 4)}`)}`,
    first: ["u0", "p0", 1],
    size: SIZE,
    told: ["title-lines"],
  },
  {
    what: "comments, the last of which has the names",
    text: `# exported by hand\n# user item rating\n${rows((i, u, p) => `${u} ${p} ${1 + (i % 4)}`)}`,
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "comments in the manner of KONECT",
    text: `% bip weighted\n% 30 6 5\n${rows((i) => `${1 + (i % 6)}\t${1 + (i % 5)}\t5\t${881250949 + i}`)}`,
    first: ["1", "1", 5, 881250949],
    size: SIZE,
  },
  {
    what: "hashtags are no comments",
    text: rows((_, u, p) => `#${u},${p}`),
    first: ["#u0", "p0"],
    size: SIZE,
  },
  {
    what: "a delimiter too many at each line's end",
    text: `user_id,item_id,rating\n${rows((i, u, p) => `${u},${p},${1 + (i % 4)},`)}`,
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "names of rows as R writes them",
    text: `"user" "item" "rating"\n${rows((i, u, p) => `"${i + 1}" "${u}" "${p}" ${1 + (i % 4)}`)}`,
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "single quotes",
    text: `'user','title'\n${rows((_, u, p) => `'${u}','Film, ${p}'`)}`,
    first: ["u0", "Film, p0"],
    size: SIZE,
  },
  {
    what: "single quotes only where they are needed",
    text: `user,title\n${rows((i, u, p) => (i % 5 ? `${u},${p}` : `${u},'Film, ${p}'`))}`,
    first: ["u0", "Film, p0"],
    size: SIZE,
  },
  {
    what: "spaces around quotes",
    text: `user_id, item_id, rating\n${rows((i, u, p) => `"${u}", "a, ${p}" , ${1 + (i % 4)}`)}`,
    first: ["u0", "a, p0", 1],
    size: SIZE,
  },
  {
    what: "a space after every comma",
    text: `user, item\n${rows((_, u, p) => `${u}, ${p}`)}`,
    first: ["u0", "p0"],
    size: SIZE,
  },
  {
    what: "columns drawn with spaces",
    text: `user   item  rating\n${rows((i, u, p) => `${u}     ${p}    ${1 + (i % 4)}`)}`,
    file: "x.txt",
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "quotes that first come far behind the sample, between tabs",
    text: `user\titem\n${rows((_, u, p) => `${u}\t${p}`).repeat(2000)}u1\t"p\t2"\nu3\t12" disc\n`,
    first: ["u0", "p0"],
    size: [60_002, 6, 7],
  },
  {
    what: "quotes that are part of a text between tabs",
    text: `user\titem\n${rows((_, u, p) => `${u}\t"${p}" is good`)}`,
    first: ["u0", '"p0" is good'],
    size: SIZE,
  },
  {
    what: "backslashes before quotes, as Spark writes them",
    text: `user,title,rating\n${rows((i, u, p) => `${u},"${p} \\"new\\", a",${1 + (i % 4)}`)}`,
    first: ["u0", 'p0 "new", a', 1],
    size: SIZE,
  },
  {
    what: "a table drawn with bars",
    text: `+------+------+\n| user | item |\n+------+------+\n${rows((_, u, p) => `| ${u}   | ${p}   |`)}+------+------+\n`,
    file: "x.txt",
    first: ["u0", "p0"],
    size: SIZE,
  },
  {
    what: "a table of psql",
    text: ` user_id | rating | item_id \n---------+--------+---------\n${rows((i, u, p) => ` ${u}      |      ${1 + (i % 4)} | ${p}`)}`,
    file: "x.txt",
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "Latin-1 names",
    text: Buffer.from(`Utilisateur;Film;\u00c9valuation\n${rows((i, u, p) => `${u};${p};${1 + (i % 4)}`)}`, "latin1"),
    options: { encoding: "latin-1", value: "\u00e9valuation" },
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "Latin-1 names that nobody told of",
    text: Buffer.from(`Utilisateur;Film;\u00c9valuation\n${rows((i, u, p) => `${u};${p};${1 + (i % 4)}`)}`, "latin1"),
    first: ["u0", "p0", 1],
    size: SIZE,
  },
  {
    what: "items on lines of their own",
    text: "1:\n9000001,3,2005-09-06\n9000002,5,2005-05-13\n2:\n9000001,4,2005-09-07\n9000002,5,2005-05-14\n",
    file: "x.txt",
    first: ["9000001", "1", 3, 1125964800],
    size: [4, 2, 2],
  },
];

const BIG = "1610521604143693808";
const JSONS: readonly Kind[] = [
  {
    what: "ids above 2^53 under the same last key",
    text: rows(
      (i) =>
        `{"id":${BIG.slice(0, 17)}${10 + i},"user":{"id":${BIG.slice(0, -1)}${i % 6}},"track":{"id":73852952793126943${i % 5}}}`,
    ),
    first: [`${BIG.slice(0, -1)}0`, "738529527931269430"],
    size: SIZE,
  },
  {
    what: "numbers as they are written",
    text: rows((i) => `{"user":1.${i % 6}0,"item":${i % 5}e2,"rating":4.50}`),
    first: ["1.00", "0e2", 4.5],
    size: SIZE,
  },
  {
    what: "an array, an object a line",
    text: `[\n${rows((_, u, p) => `{"user":"${u}","item":"${p}"},`)
      .trimEnd()
      .slice(0, -1)}\n]\n`,
    first: ["u0", "p0"],
    size: SIZE,
  },
  {
    what: "an array on one line, braces and quotes in its texts",
    text: `[${rows((_, u, p) => `{"user":"${u}","text":"}{\\"","item":"${p}"},`)
      .replaceAll("\n", " ")
      .trimEnd()
      .slice(0, -1)}]`,
    first: ["u0", "p0"],
    size: SIZE,
  },
  {
    what: "objects over several lines",
    text: JSON.stringify(
      Array.from({ length: 30 }, (_, i) => ({ user: { id: `u${i % 6}` }, item: `p${i % 5}` })),
      null,
      2,
    ),
    first: ["u0", "p0"],
    size: SIZE,
  },
  {
    what: "MongoDB's tagged ids and times",
    text: rows(
      (i, u, p) =>
        `{"_id":{"$oid":"5f${100000 + i}"},"userId":{"$oid":"${u}"},"sku":"${p}","at":{"$date":{"$numberLong":"${1600000000000 + i}"}}}`,
    ),
    first: ["u0", "p0", undefined, 1600000000],
    size: SIZE,
    told: ["times-in-milliseconds"],
  },
  {
    what: "a damaged object of an array costs itself alone",
    text: `[\n{"user":"u9","item":"p9"\n${rows((_, u, p) => `{"user":"${u}","item":"${p}"},`)}]`,
    first: ["u0", "p0"],
    size: SIZE,
    rejected: 1,
  },
  {
    what: "NaN as Python writes it",
    text: rows((i, u, p) => `{"user":"${u}","item":"${p}","rating":${i % 4 ? "NaN" : 2}}`),
    first: ["u0", "p0"],
    size: SIZE,
    told: ["value-mostly-empty"],
  },
];

describe("what columns mean", () => {
  for (const kind of ROLES) test(kind.what, () => check(kind));
});

describe("how fields are separated", () => {
  for (const kind of SEPARATORS) test(kind.what, () => check(kind));
});

describe("JSON", () => {
  for (const kind of JSONS) test(kind.what, () => check({ file: "x.jsonl", ...kind }));
});

test("a doubt comes with the other readings, as options and as commands that read so", async () => {
  const path = temporaryFile("a b.csv", `aa,bb,cc\n${rows((i, u, p) => `${u},${p},q${i % 4}`)}`);
  const { report } = await readEvents(path);
  expect(report.confidence).toBeLessThan(0.5);
  const [first] = report.alternatives ?? [];
  expect(first).toMatchObject({ options: { user: "aa", item: "cc" }, why: "user aa, item cc" });
  expect(first?.command).toBe(`penchant import '${path}' --user aa --item cc`);
  expect(report.warnings[0]?.message).toContain(first?.command);
  const other = await readEvents(path, first?.options);
  expect([other.events.items.size, other.report.confidence]).toEqual([4, 1]);
});
