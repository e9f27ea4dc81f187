import pc from "picocolors";
import type { Diagnosis } from "../doctor.ts";

/** What is wrong, each with its number and its fix, then what is well. */
export function formatDiagnosis({ model, user, findings, well }: Diagnosis): string {
  const head = `${pc.bold(model)}${user === null ? "" : `, for ${user}`}`;
  const wrong = findings.flatMap(({ code, number, message, fix }) => [
    pc.yellow(`! ${code}: ${number} ${message}`),
    `  ${fix}`,
  ]);
  const verdict = findings.length === 0 ? ["Nothing is wrong."] : [];
  return [head, ...wrong, ...verdict, ...well.map((one) => pc.dim(`· ${one}`))].join("\n");
}
