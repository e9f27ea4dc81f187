import type { Command } from "commander";
import type { Act } from "../command.ts";
import { integer } from "../options.ts";
import type { Answer, Session } from "../session.ts";

/** penchant deploy RUN --as NAME | rollback NAME | deployments | undeploy NAME */
export function registerDeploy(program: Command, act: Act): void {
  const add = program
    .command("deploy [run]")
    .description("let a copy of a run answer under a name; a running server takes it over")
    .requiredOption("--as <name>", "the name that requests ask for")
    .option("--keep <n>", "copies kept, to roll back to", integer(1, 1000), 5);
  act(add, deploy);
  act(program.command("rollback <name>").description("let the deployment answer that did before"), rollback);
  act(program.command("deployments").description("what is deployed, and what answers"), deployments);
  act(program.command("undeploy <name>").description("remove a name and all its copies"), undeploy);
}

async function deploy(
  session: Session,
  run: string | undefined,
  { as, keep }: { readonly as: string; readonly keep: number },
): Promise<Answer> {
  const { deployRun } = await import("../deployments.ts");
  const { openEngine } = await import("../engine.ts");
  const made = await deployRun(session, await openEngine(session), { run, as, keep });
  return {
    data: made,
    text: () =>
      `${made.model} is run ${made.run} (deployment ${made.deployment}, version ${made.version}); ${made.known} of its answers were noted.\n` +
      `\nNext: penchant serve ${made.model}${made.previous === null ? "" : ` · penchant rollback ${made.model}`}`,
  };
}

async function rollback(session: Session, name: string): Promise<Answer> {
  const { rollBack } = await import("../deployments.ts");
  const now = await rollBack(session, name);
  return {
    data: now,
    text: () => `${now.model} is run ${now.run} again (deployment ${now.deployment}, version ${now.version}).`,
  };
}

async function deployments(session: Session): Promise<Answer> {
  const { readDeployments } = await import("../deployments.ts");
  const models = Object.entries(readDeployments(session)).map(([model, { deployments: all, active }]) => ({
    model,
    active: active.at(-1) as number,
    deployments: all.map(({ number, run, version, deployed }) => ({ number, run, version, deployed })),
  }));
  const line = ({ model, active, deployments: all }: (typeof models)[number]) =>
    all.map(({ number, run, version, deployed }) => {
      return `${number === active ? "→" : " "} ${model} ${number}: run ${run}, version ${version}, ${deployed}`;
    });
  return { data: { models }, text: () => models.flatMap(line).join("\n") || "Nothing is deployed." };
}

async function undeploy(session: Session, name: string): Promise<Answer> {
  const { undeploy: remove } = await import("../deployments.ts");
  const removed = await remove(session, name);
  return { data: removed, text: () => `Removed the deployments of ${name}.` };
}
