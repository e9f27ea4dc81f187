import type { Role } from "./options.ts";

/** Nouns by how surely they name the role; in the languages that files come in, without accents. */
const NOUNS: Readonly<Record<"user" | "item", readonly (readonly [fit: number, nouns: string])[]>> = {
  user: [
    [
      1,
      `user uid usr users username member customer cust person reviewer reader viewer listener visitor account acct client
      subscriber student learner patient buyer shopper consumer player gamer rater voter utilisateur usager usuario benutzer
      nutzer kunde utente cliente gebruiker klant uzytkownik пользователь клиент 用户 ユーザー`,
    ],
    [
      0.75,
      "people actor patron candidate applicant profile session device cookie household guest passenger follower traveler traveller browser ip",
    ],
    [0.5, "author owner sender email mail login nick nickname handle employee worker"],
  ],
  item: [
    [
      1,
      `item iid items product prod sku asin parentasin movie film video track song book isbn game app article art recipe
      produit livre articulo producto pelicula libro artikel produkt buch prodotto filme produto livro товар фильм книга
      商品 电影 映画`,
    ],
    [
      0.8,
      `anime episode show podcast music news post content course lesson hotel restaurant business venue poi place listing
      property job joke page paper document doc ad creative offer deal image photo pin artist album beer wine drug question
      problem exercise thing resource material package repo repository event community stock bundle variant goods target`,
    ],
    [
      0.6,
      "title object location url uri link playlist channel subreddit store shop merchant destination city brand keyword query",
    ],
  ],
};

/** Words that only say that a column holds keys or names of what stands before: `user_id`, `product_name`. */
const KEYS = new Map(
  Object.entries({
    id: 1,
    ids: 0.9,
    key: 0.95,
    code: 0.95,
    no: 0.95,
    nr: 0.95,
    number: 0.95,
    num: 0.95,
    uuid: 1,
    guid: 1,
  })
    .concat(Object.entries({ hash: 0.95, sk: 0.95, pk: 0.95, uri: 0.95, url: 0.9, slug: 0.95, idx: 0.95, index: 0.95 }))
    .concat(
      Object.entries({ name: 0.9, title: 0.9, token: 0.9, nm: 0.9, nummer: 0.95, titel: 0.9, nom: 0.9, nombre: 0.9 }),
    ),
);

/** Before a noun they make it a fact about something: `is_member`, `num_users`, `avg_rating`. */
const FACTS = new Set(
  "is has was are can num n nb number count total avg average mean median max min sum std".split(" "),
);

const TIMES: readonly (readonly [fit: number, words: string])[] = [
  [
    1,
    `time timestamp timestamps ts date datetime unixtime unixreviewtime reviewtime createdat eventtime eventtimestamp
    eventdate ratedat watchedat listenedat viewedat playedat purchasedat orderedat clickedat ratingdate reviewdate`,
  ],
  [
    0.9,
    `created when epoch createdutc createtime dt timestampms timems datum zeit zeitpunkt zeitstempel fecha data heure
    hora horodatage temps дата 时间 日付 日時`,
  ],
];
const TIME_ENDINGS = new Set("at time timestamp timestamps date datetime ts utc dt epoch day on".split(" "));
/** Times of a user or of an item, not of what happened between the two. */
const LIFE = new Set(
  `release released birth born bday dob publish published publication pub join joined signup registration registered register
  enrollment expiry expires expiration expire due premiere premiered launch launched founded hire hired manufacture
  production opening member membership subscription`.split(/\s+/),
);
/** Words that end like a time and are none. */
const NO_TIMES =
  /^(candidate|mandate|validate|update|(run|play|watch|listen|view|life|over|dwell|up|half|full|screen)time)$/;
const LATER = new Set(
  "update updated modified modify edit edited delete deleted ship shipped shipping delivery delivered end ended finish finished return returned last".split(
    " ",
  ),
);
/** With "time" they say how long, not when. */
const LASTING = new Set(
  `watch watched watching play playing played listen listening view viewing dwell read reading elapsed response total running
  run session spent screen active engagement stay visit on use usage game`.split(/\s+/),
);

const VALUES: readonly (readonly [fit: number, words: string])[] = [
  [
    1,
    `value rating ratings rate score scores stars star overall grade label weight strength preference preferencevalue
    bewertung note evaluation calificacion puntuacion valoracion punteggio valutazione voto avaliacion nota beoordeling
    ocena оценка 评分 評価`,
  ],
  [
    0.9,
    `count counts cnt plays playcount viewcount clickcount listencount playtime hours listens purchases purchase quantity qty
    amount clicks views visits watchratio watchtime watchduration playduration listenduration duration dwell menge anzahl quantite quantita cantidad quantidade points vote
    votes like liked likes feedback reaction thumbs sentiment opinion freq frequency relevance`,
  ],
];
const VALUE_ENDINGS = new Set(
  `rating score stars count cnt weight value points grade ratio percent pct percentage duration seconds secs sec minutes mins
  hours plays views clicks listens quantity qty`.split(/\s+/),
);
/** Counts of these are facts about an item. */
const COUNTED = new Set(
  "rating ratings review reviews vote votes follower followers user users subscriber member".split(" "),
);
/** Numbers that are no values, whatever they look like. */
const NO_VALUE = new Set(
  `age price cost discount year month day hour minute week lat latitude lon lng long longitude zip zipcode postcode postal
  phone height width length size level rank position pos index id idx no nr number gender sex fold split
  version runtime budget revenue popularity page salary income tax fee x y z`.split(/\s+/),
);

const EVENTS = `event eventtype eventname action actiontype type behavior behaviour behaviortype behaviourtype activity
  activitytype interaction interactiontype kind verb operation feedbacktype engagementtype signal`.split(/\s+/);
const EVENT_LEADS = new Set(
  "event action behavior behaviour user interaction activity feedback engagement click".split(" "),
);

/** A name as words in lower case, without accents and type tags: `userID:token` (RecBole) and `userId.$oid` (MongoDB) are user, id. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/:(token|float|token_seq|float_seq)$|(\.\$\w+)+$/, "")
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1 $2")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** How well a name fits a role: 1 the usual name, less for rarer and longer ones, 0 for none. */
export function nameFit(name: string, role: Role): number {
  const words = wordsOf(name);
  if (words.length === 0) return 0;
  switch (role) {
    case "user":
    case "item":
      return keyFit(words, role);
    case "time":
      return timeFit(words);
    case "value":
      return valueFit(words);
    case "event":
      return eventFit(words);
  }
}

function keyFit(words: readonly string[], role: "user" | "item"): number {
  if (FACTS.has(words[0] ?? "") && words.length > 1) return 0;
  const whole = nounFit(words.join(""), role);
  if (whole > 0) return whole * 0.98;
  const core = [...words];
  let key: number | undefined;
  for (
    let next = KEYS.get(core.at(-1) ?? "");
    next !== undefined && core.length > 1;
    next = KEYS.get(core.at(-1) ?? "")
  ) {
    key = Math.min(key ?? 1, next);
    core.pop();
  }
  const noun = core.at(-1) ?? "";
  const fit = nounFit(noun, role) || joinedFit(noun, role);
  if (core.length === 1 || fit === 0) return fit * (key ?? 0.98);
  const other = role === "user" ? "item" : "user";
  const isFact = fit < 1 && core.slice(0, -1).some((word) => nounFit(word, other) === 1);
  return isFact ? 0 : fit * (key ?? 0.98) * 0.85;
}

function nounFit(noun: string, role: "user" | "item"): number {
  return listedFit(NOUN_LISTS[role], noun) || listedFit(NOUN_LISTS[role], noun.replace(/(?<=..)[sn]$/, ""));
}

/** `userid`, `movietitle`: a noun and a key in one word. */
function joinedFit(word: string, role: "user" | "item"): number {
  const parts = /^(.+?)(id|ids|key|code|no|nr|nummer|numero|uuid|guid|hash|idx|name|title|uri|url)$/.exec(word);
  if (!parts) return 0;
  const [, noun = "", key = ""] = parts;
  const fit = nounFit(noun, role) || (/^id$/.test(key) && ENDINGS[role].test(noun) ? 0.7 : 0);
  return fit * (KEYS.get(key) ?? 0.95);
}

const ENDINGS = {
  user: /(user|member|customer|reviewer|visitor)$/,
  item: /(item|movie|film|product|book|song|track|game|article|video)$/,
} as const;

/** How well a name fits a time of what happened; 0 too for times of a life, as of release or birth. */
function timeFit(words: readonly string[]): number {
  if (words.some((word) => LIFE.has(word))) return 0;
  const whole = listedFit(TIME_LISTS, words.join(""));
  if (whole > 0) return whole;
  const [first = "", last = ""] = [words[0], words.at(-1)];
  const joined = /.(timestamp|datetime|time|date|datum|zeit)$/.test(last) && !NO_TIMES.test(last);
  const ends = joined || (words.length > 1 && TIME_ENDINGS.has(last));
  if (!ends && !/^(date|time|timestamp|datetime|created)$/.test(first)) return 0;
  if (words.some((word) => LATER.has(word))) return 0.4;
  return isLasting(words) ? 0.3 : 0.7;
}

/** Whether a name says when a user or an item came into being: `release_date`. */
export function isLifeTime(name: string): boolean {
  const words = wordsOf(name);
  return (
    words.some((word) => LIFE.has(word)) &&
    (/^(dob|bday|born)$/.test(words.join("")) || timeFit(words.filter((w) => !LIFE.has(w))) > 0)
  );
}

/** Whether a name says how long something took: `watch_time`, `duration`. */
export function isLasting(words: readonly string[]): boolean {
  if (/duration|seconds|minutes|hours/.test(words.at(-1) ?? "")) return true;
  return /^times?$/.test(words.at(-1) ?? "") && LASTING.has(words.at(-2) ?? "");
}

function valueFit(words: readonly string[]): number {
  const whole = listedFit(VALUE_LISTS, words.join(""));
  if (whole > 0) return whole;
  const last = words.at(-1) ?? "";
  if (isLasting(words)) return 0.7;
  if (/^(like|liked|favou?rited?|purchased|bought|clicked)$/.test(words.join("").replace(/^(is|has|did)/, "")))
    return 0.6;
  if (words.length < 2 || !VALUE_ENDINGS.has(last)) return /.(rating|score)$/.test(last) ? 0.6 : 0;
  const isFact = FACTS.has(words[0] ?? "") || (/^(count|cnt)$/.test(last) && COUNTED.has(words.at(-2) ?? ""));
  return isFact ? 0.3 : 0.6;
}

function eventFit(words: readonly string[]): number {
  const place = EVENTS.indexOf(words.join(""));
  if (place >= 0) return 1 - 0.2 * (place / EVENTS.length);
  const [last = "", before = ""] = [words.at(-1), words.at(-2)];
  if (/^(type|kind|name)$/.test(last)) return EVENT_LEADS.has(before) ? 0.6 : 0;
  return words.length > 1 && /^(event|action|behaviou?r)$/.test(last) ? 0.6 : 0;
}

/** A name that says of a number that it is none to learn from: a key, an age, a price, a coordinate. */
export function isNoValue(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1) ?? "";
  return NO_VALUE.has(last) || KEYS.has(last) || /^(?!.*(paid|bid)$)..+id$/.test(last) || FACTS.has(words[0] ?? "");
}

/** A name of a key: `id`, `order_id`, `orderId`, `uuid`. */
export function isKey(name: string): boolean {
  const last = wordsOf(name).at(-1) ?? "";
  return (
    /^(id|ids|key|uuid|guid|hash|pk|idx|index|no|nr|rowid|rownum|rownumber|unnamed)$/.test(last) || /.id$/.test(last)
  );
}

/** A name of the rows themselves: `id`, `index`, `Unnamed: 0`, the nameless column that spreadsheets write first. */
export function isRowName(name: string): boolean {
  return /^(|id|pk|key|uuid|guid|_?id|idx|index|row|rowid|rownum|rownumber|rowno|no|nr|n|lfdnr|unnamed\d*|level\d+|seq|serial|record|recordid|ratingid|reviewid|eventid|interactionid|logid|orderid|transactionid|invoiceno|invoiceid|invoice|orderno|ordernumber|clickid|playid|viewid|impressionid)$/.test(
    wordsOf(name).join(""),
  );
}

/** Whether a first line can only be names: it calls one column a user and another an item. */
export function namesUserAndItem(cells: readonly string[]): boolean {
  const isName = (cell: string, role: Role): boolean => cell.length <= 40 && nameFit(cell, role) > 0;
  const user = cells.findIndex((cell) => isName(cell, "user"));
  return user >= 0 && cells.some((cell, index) => index !== user && isName(cell, "item"));
}

type Listed = ReadonlyMap<string, number>;

/** Words of a list fit a little less the later they come, so that one always comes first. */
function listed(tiers: readonly (readonly [fit: number, words: string])[]): Listed {
  const all = new Map<string, number>();
  for (const [fit, text] of tiers) {
    const words = text.trim().split(/\s+/);
    for (const [place, word] of words.entries()) if (!all.has(word)) all.set(word, fit - 0.08 * (place / words.length));
  }
  return all;
}

const listedFit = (list: Listed, word: string): number => list.get(word) ?? 0;

const NOUN_LISTS = { user: listed(NOUNS.user), item: listed(NOUNS.item) };
const TIME_LISTS = listed(TIMES);
const VALUE_LISTS = listed(VALUES);
