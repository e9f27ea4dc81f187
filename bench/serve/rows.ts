/** The table that is printed. */
import type { Latencies } from "./load.ts";

export const print = (text: string): void => void process.stdout.write(`${text}\n`);

export function head(): void {
  print(
    "| items | what | asked a second | answered a second | p50 ms | p90 ms | p99 ms | max ms | failed | memory MB |",
  );
  print("|---|---|---|---|---|---|---|---|---|---|");
}

export function row(items: number, what: string, asked: number, found: Latencies, megabytes: number): void {
  const ms = (value: number) => value.toFixed(1);
  const { rate, p50, p90, p99, max, failed } = found;
  print(
    `| ${items} | ${what} | ${asked} | ${rate.toFixed(0)} | ${ms(p50)} | ${ms(p90)} | ${ms(p99)} | ${ms(max)} | ${failed} | ${megabytes.toFixed(0)} |`,
  );
}
