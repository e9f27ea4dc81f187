import type { AutoTraining } from "../auto.ts";
import { duration, interval, share } from "../format.ts";
import { table } from "../table.ts";
import { formatTraining } from "./training.ts";

/** What was tried, who won by how much, the run of the winner, and what more time would do. */
export function formatAuto(trained: AutoTraining): string {
  const { metric, protocol, tried, next, budget } = trained.auto;
  const rows = [...tried]
    .sort((a, b) => (b.measured?.value ?? -1) - (a.measured?.value ?? -1))
    .map(({ model, measured, behind, epochs, seconds, ended, reason }) => [
      model,
      measured ? interval(measured) : "–",
      behind ? `−${share(behind.value)} [−${share(behind.high)}, ${leastOf(behind.low)}]` : "",
      behind ? (behind.low <= 0 ? "noise" : "a difference") : "",
      epochs > 0 ? String(epochs) : "–",
      duration(seconds),
      ended === "finished" ? "" : (reason ?? "cut short"),
    ]);
  const title = `${metric} (${protocol}) of the validation part, 95 % intervals, budget ${duration(budget)}`;
  const header = ["model", metric, "to the winner, user by user", "", "epochs", "time", ""];
  const options = ["--data", trained.dataset];
  return [
    `${title}\n${table(header, rows)}`,
    `${trained.model} won and is trained as the run "${trained.run}".`,
    formatTraining(trained, { model: trained.model, options }),
    next.join("\n"),
  ].join("\n\n");
}

const leastOf = (low: number): string => (low > 0 ? `−${share(low)}` : `+${share(-low)}`);
