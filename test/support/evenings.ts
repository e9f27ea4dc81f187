/** People who take other things in the morning than in the evening, and others on the phone than at the desk: planted, so that tests need no data. */
import { below, hash } from "../../src/core/random.ts";

export const ITEMS = 32;

/** Of which device an item is, of which half of the day, and whose taste. */
export const kindOf = (item: number) => ({
  device: item % 2 === 0 ? "phone" : "desk",
  isMorning: item % 4 < 2,
  taste: item % 8 < 4 ? 0 : 1,
});

/** A CSV file: each person has one of two tastes, and takes what fits it, and the device and hour of the event. */
export function eveningsCsv(users = 160, events = 10): string {
  const rows = ["user,item,time,device"];
  for (let user = 0; user < users; user++) {
    const taken = new Set<number>();
    for (let n = 0; n < events; n++) {
      const draw = hash(11, user, n);
      const [device, isMorning] = [draw % 2 === 0 ? "phone" : "desk", (draw >> 1) % 2 === 0];
      const fitting = Array.from({ length: ITEMS }, (_, item) => item).filter((item) => {
        const kind = kindOf(item);
        const fits = kind.device === device && kind.isMorning === isMorning && kind.taste === user % 2;
        return fits && !taken.has(item);
      });
      const item = fitting[below(hash(12, user, n), Math.max(1, fitting.length))];
      if (item === undefined) continue;
      taken.add(item);
      const time = Date.UTC(2024, 0, 1 + 3 * n + (user % 3), isMorning ? 8 : 20, below(hash(13, user, n), 60)) / 1000;
      rows.push(`u${user},i${item},${time},${device}`);
    }
  }
  return `${rows.join("\n")}\n`;
}
