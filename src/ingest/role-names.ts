import type { Role } from "./options.ts";

/** Names that columns of interaction files go by, in lower case, without anything but letters and digits. */
const NAMES: Readonly<Record<Role, readonly string[]>> = {
  user: `user userid uid usr users username member memberid customer customerid person personid reviewer reviewerid reader
    readerid viewer viewerid listener visitor visitorid account accountid client clientid subscriber subscriberid student
    studentid patient author profileid sessionid session`.split(/\s+/),
  item: `item itemid iid items movie movieid film filmid product productid prod asin parentasin sku book bookid isbn artist
    artistid track trackid song songid album albumid game gameid appid article articleid content contentid video videoid
    show showid anime animeid business businessid place placeid poi poiid location locationid venue venueid hotel hotelid
    recipe recipeid course courseid news newsid post postid joke jokeid restaurant restaurantid title`.split(/\s+/),
  value:
    `value rating ratings rate score stars star overall grade label weight strength preference preferencevalue count
    counts plays playcount playtime hours listens purchases purchase quantity qty amount clicks views watchratio`.split(
      /\s+/,
    ),
  time: `time timestamp timestamps ts date datetime unixtime unixreviewtime reviewtime createdat created updatedat when
    watchedat listenedat eventtime ratedat ratingdate epoch`.split(/\s+/),
  event:
    "event eventtype action actiontype type behavior behaviour behaviortype activity interaction interactiontype kind".split(
      /\s+/,
    ),
};

/** Endings that tell even in a longer name: `reader_user_id`, `movie_rating`. */
const ENDINGS: Readonly<Record<Role, RegExp>> = {
  user: /(user|member|customer|reviewer|visitor)(id|name)?$/,
  item: /(item|movie|film|product|book|song|track|game|article|video)(id)?$/,
  value: /(rating|score|stars|count|weight)$/,
  time: /(time|timestamp|date)$/,
  event: /(event|action|behaviou?r)(type)?$/,
};

/** The name without case, separators and a type tag (`user_id:token` of RecBole's files). */
export function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/:(token|float|token_seq|float_seq)$/, "")
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** How well a name fits a role: 1 the usual name, less for the rarer ones, 0.6 for a telling ending, 0 for none. */
export function nameFit(name: string, role: Role): number {
  const plain = plainName(name);
  if (plain === "") return 0;
  const place = NAMES[role].indexOf(plain);
  if (place >= 0) return 1 - 0.2 * (place / NAMES[role].length);
  return ENDINGS[role].test(plain) ? 0.6 : 0;
}

/** Whether a first line can only be names: it calls one column a user and another an item. */
export function namesUserAndItem(cells: readonly string[]): boolean {
  const user = cells.findIndex((cell) => nameFit(cell, "user") > 0);
  return user >= 0 && cells.some((cell, index) => index !== user && nameFit(cell, "item") > 0);
}
