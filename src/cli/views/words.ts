import type { DatasetReport } from "../../dataset/index.ts";

type ReadInteraction = NonNullable<DatasetReport["source"]["first"]>[number];

const MONTHS = ("January February March April May June July August September October November December" as const).split(
  " ",
);

/** "user 17 took item lamp, value 4, on 15 January 2024": what a row was taken for. */
export function inWords({ user, item, value, event, time }: ReadInteraction): string {
  return [
    `user ${id(user)} took item ${id(item)}`,
    event === undefined ? "" : ` (${event})`,
    value === undefined ? "" : `, value ${Number(value.toPrecision(6))}`,
    time === undefined ? "" : `${value === undefined ? "" : ","} on ${dayInWords(time)}`,
  ].join("");
}

/** An id that could be mistaken for words around it stands in quotes. */
const id = (text: string): string => (/^[\p{L}\p{N}._:@/+-]+$/u.test(text) ? text : JSON.stringify(text));

/** Unix seconds as "15 January 2024", in UTC; as they are where they are beyond any calendar. */
export function dayInWords(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return `second ${seconds}`;
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}
