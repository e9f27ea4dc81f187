import { type Command, Option } from "commander";
import { fail } from "../../core/errors.ts";
import type { Act } from "../command.ts";
import type { VectorMap } from "../mapping.ts";
import { integer } from "../options.ts";
import type { Answer, Session } from "../session.ts";

interface MapArguments {
  readonly items?: boolean;
  readonly users?: boolean;
  readonly color?: string;
  readonly label?: string;
  readonly named: number;
  readonly method: VectorMap["method"];
  readonly svg?: string;
  readonly png?: string;
}

/** penchant map [RUN] --items|--users [--color FEATURE] [--label FEATURE] [--method pca|umap] [--svg FILE] [--png FILE] */
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
    .addOption(
      new Option(
        "--method <name>",
        "how vectors become points: along the directions in which they vary most, or near to near",
      )
        .choices(["pca", "umap"])
        .default("pca"),
    )
    .option("--svg <file>", "draw them as an SVG image")
    .option("--png <file>", "draw them as a PNG image");
  act(command, map);
}

async function map(session: Session, run: string | undefined, options: MapArguments): Promise<Answer> {
  const { items, users, color, label, named, method, svg, png } = options;
  if (items && users) fail("USAGE_ARGUMENTS", { what: "map takes either --items or --users" });
  const { mapVectors } = await import("../mapping.ts");
  const { drawMap, formatMap } = await import("../views/map.ts");
  const { writeWhole } = await import("../output.ts");
  const side = users ? "users" : "items";
  const mapped = await mapVectors(session, { run, side, color, label, named, method });
  if (svg !== undefined) await writeWhole(svg, drawMap(mapped));
  const warnings: string[] = [];
  if (png !== undefined) {
    const { asPng } = await import("../png.ts");
    const { bytes, worded } = await asPng(drawMap(mapped));
    if (!worded)
      warnings.push(`${png} has no words: no font was found. Install one (such as fonts-dejavu), or use --svg.`);
    await writeWhole(png, bytes);
  }
  const files = [svg, png].filter((file) => file !== undefined);
  return {
    data: { ...mapped, files, warnings },
    text: () => [formatMap(mapped), ...files.map((file) => `Drawn: ${file}`), ...warnings].join("\n\n"),
  };
}
