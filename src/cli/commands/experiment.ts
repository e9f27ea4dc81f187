import type { Command } from "commander";
import type { Act } from "../command.ts";
import type { Wanted } from "../experiments.ts";
import { integer, number } from "../options.ts";
import type { Answer, Session } from "../session.ts";

/** penchant experiment start NAME --on A --with B | report NAME | stop NAME | list */
export function registerExperiment(program: Command, act: Act): void {
  const experiment = program
    .command("experiment")
    .description("two models, or pipelines, that answer the same requests");
  const begin = experiment
    .command("start <name>")
    .description("let some people be answered by another model or pipeline; a running server takes it over")
    .requiredOption("--on <name>", "the model or pipeline that requests name: control")
    .requiredOption("--with <name>", "the other one: treatment")
    .option("--share <share>", "of people in the treatment arm; 0.05 is a canary", number, 0.5)
    .option("--shadow", "everybody is answered by control, and so many requests by the other one too, unseen")
    .option("--outcome <type>", "the kind of event that counts as success", "purchase")
    .option("--effect <share>", "the difference that matters, in shares of people", number, 0.02)
    .option("--alpha <p>", "how often it may find a difference where there is none", number, 0.05)
    .option("--users <n>", "people after which it ends undecided (default: never)", integer(1));
  act(begin, start);
  act(experiment.command("report <name>").description("what came of it until now; may be looked at any time"), report);
  act(experiment.command("stop <name>").description("let control answer everybody again"), stop);
  act(experiment.command("list").description("all experiments, the first one first"), list);
}

type StartArguments = Omit<Wanted, "name" | "shadow" | "users"> & {
  readonly shadow?: boolean;
  readonly users?: number;
};

async function start(session: Session, name: string, options: StartArguments): Promise<Answer> {
  const { startExperiment } = await import("../experiments.ts");
  const { on, with: other, share, shadow = false, outcome, effect, alpha, users } = options;
  const made = await startExperiment(session, { name, on, with: other, share, shadow, outcome, effect, alpha, users });
  const what = shadow
    ? `${100 * share} % of the requests for ${on} are answered by ${other} too, unseen.\n\nNext: GET /v1/experiments`
    : `${100 * share} % of the people who ask for ${on} are answered by ${other}.\n\nNext: penchant experiment report ${name}`;
  return { data: made, text: () => what };
}

async function report(session: Session, name: string): Promise<Answer> {
  const { reportExperiment } = await import("../experiment-report.ts");
  const { formatExperiment } = await import("../views/experiment.ts");
  const reported = await reportExperiment(session, name);
  return { data: reported, text: () => formatExperiment(reported) };
}

async function stop(session: Session, name: string): Promise<Answer> {
  const { stopExperiment } = await import("../experiments.ts");
  const stopped = await stopExperiment(session, name);
  return { data: stopped, text: () => `${stopped.on} answers everybody again.` };
}

async function list(session: Session): Promise<Answer> {
  const { readExperiments } = await import("../experiments.ts");
  const experiments = readExperiments(session);
  const line = ({ name, on, with: other, share, shadow, started, stopped }: (typeof experiments)[number]) =>
    `${stopped === null ? "→" : " "} ${name}: ${on} with ${other}${shadow ? " as a shadow" : ""}, ${share}, from ${started}${stopped === null ? "" : ` to ${stopped}`}`;
  return { data: { experiments }, text: () => experiments.map(line).join("\n") || "No experiment was started." };
}
