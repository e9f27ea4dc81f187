import { parse } from "node:path";
import type { Command } from "commander";
import type { Act } from "../command.ts";
import type { Answer, Session } from "../session.ts";

interface DiagramArguments {
  readonly svg?: string;
  readonly mermaid?: string;
}

/** penchant pipeline diagram FILE.json [--svg FILE] [--mermaid FILE] */
export function registerPipeline(program: Command, act: Act): void {
  const pipeline = program.command("pipeline").description("how a pipeline (FILE.json) makes a page");
  const draw = pipeline
    .command("diagram <pipeline>")
    .description("its stages as a picture; without a file as a Mermaid flowchart")
    .option("--svg <file>", "draw it as an SVG image")
    .option("--mermaid <file>", "draw it as a Mermaid diagram");
  act(draw, diagram);
}

async function diagram(_session: Session, file: string, { svg, mermaid }: DiagramArguments): Promise<Answer> {
  const { readPipeline } = await import("../pipelines.ts");
  const { drawPipeline, pipelineMermaid, pipelineVersion } = await import("../../pipeline/index.ts");
  const { writeWhole } = await import("../output.ts");
  const [pipeline, { name }] = [readPipeline(file), parse(file)];
  const text = pipelineMermaid(pipeline);
  const files: string[] = [];
  for (const [to, content] of [[svg, () => drawPipeline(pipeline, name)] as const, [mermaid, () => text] as const]) {
    if (to === undefined) continue;
    await writeWhole(to, content());
    files.push(to);
  }
  return {
    data: { pipeline: name, version: pipelineVersion(pipeline), mermaid: text, files },
    text: () => (files.length > 0 ? `Wrote ${files.join(" and ")}.` : text.trimEnd()),
  };
}
