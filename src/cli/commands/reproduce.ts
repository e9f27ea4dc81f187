import { type Command, Option } from "commander";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

interface ReproduceArguments {
  readonly from: string;
  readonly quick?: boolean;
}

/** penchant reproduce NAME --from DIR [--quick] */
export function registerReproduce(program: Command, act: Act): void {
  const command = program
    .command("reproduce")
    .description("repeat a published result")
    .argument("<name>", "ncf-ml-1m")
    .addOption(new Option("--from <dir>", "folder with the data").makeOptionMandatory())
    .option("--quick", "the smallest model alone, one seed");
  act(command, reproduce);
}

async function reproduce(session: Session, name: string, { from, quick }: ReproduceArguments): Promise<Answer> {
  const { fail } = await import("../../core/errors.ts");
  session.note(`${name} ${from} ${quick}`);
  return fail("CONFIG_UNKNOWN", { what: "Not yet" });
}
