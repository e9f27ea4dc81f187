import { type Command, Option } from "commander";
import { fail } from "../../core/errors.ts";
import type { Act } from "../command.ts";
import { integer } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface MapArguments {
  readonly items?: boolean;
  readonly users?: boolean;
  readonly color?: string;
  readonly label?: string;
  readonly named: number;
  readonly svg?: string;
}

/** penchant map [RUN] --items|--users [--color FEATURE] [--label FEATURE] [--svg FILE] */
export function registerMap(program: Command, act: Act): void {
  const command = program
    .command("map [run]")
    .description("what a model learned, as points of a plane: who and what is near whom")
    .option("--items", "vectors of items (the default)")
    .option("--users", "vectors of users")
    .option("--color <feature>", "colour points by a feature of the data set")
    .option("--label <feature>", "name points by a feature (default: by their ids)")
    .addOption(
      new Option("--named <n>", "how many points are named, with their nearest").argParser(integer(0, 500)).default(20),
    )
    .option("--svg <file>", "draw them as an SVG image");
  act(command, map);
}

async function map(session: Session, run: string | undefined, options: MapArguments): Promise<Answer> {
  const { items, users, color, label, named, svg } = options;
  if (items && users) fail("USAGE_ARGUMENTS", { what: "map takes either --items or --users" });
  const { mapVectors } = await import("../mapping.ts");
  const { drawMap, formatMap } = await import("../views/map.ts");
  const mapped = await mapVectors(session, { run, side: users ? "users" : "items", color, label, named });
  if (svg !== undefined) {
    const { writeWhole } = await import("../output.ts");
    await writeWhole(svg, drawMap(mapped));
  }
  const files = svg === undefined ? [] : [svg];
  return {
    data: { ...mapped, files },
    text: () => [formatMap(mapped), ...files.map((file) => `Drawn: ${file}`)].join("\n\n"),
  };
}
