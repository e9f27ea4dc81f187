import { type DiagramElement, diagramElements } from "./diagram.ts";
import type { Tensor } from "./tensor.ts";

const colours: { readonly [R in DiagramElement["role"]]: string } = {
  input: "fill:#f1f5f9,stroke:#94a3b8,color:#0f172a",
  embedding: "fill:#dbeafe,stroke:#3b82f6,color:#1e3a8a",
  dense: "fill:#fef3c7,stroke:#f59e0b,color:#78350f",
  parameter: "fill:#ede9fe,stroke:#8b5cf6,color:#4c1d95",
  operation: "fill:#ffffff,stroke:#94a3b8,color:#0f172a",
  output: "fill:#0f766e,stroke:#0f766e,color:#ffffff",
};

/** The architecture as a Mermaid flowchart, which GitHub and many editors draw inside Markdown. */
export function mermaid(outputs: Readonly<Record<string, Tensor>>): string {
  return mermaidOf(diagramElements(outputs));
}

/** Elements as a Mermaid flowchart, each above its inputs. */
export function mermaidOf(elements: readonly DiagramElement[]): string {
  const ids = new Map(elements.map((element, i) => [element, `n${i}`]));
  const id = (element: DiagramElement) => ids.get(element) as string;
  const roles = [...new Set(elements.map(({ role }) => role))];
  return [
    "flowchart BT",
    ...elements.map((element) => `  ${id(element)}${shape(element)}:::${element.role}`),
    ...elements.flatMap((element) => element.inputs.map((input) => `  ${id(input)} --> ${id(element)}`)),
    ...roles.map((role) => `  classDef ${role} ${colours[role]}`),
    "",
  ].join("\n");
}

function shape({ lines, role }: DiagramElement): string {
  const label = `"${lines.map(escapeLabel).join("<br/>")}"`;
  return role === "input" || role === "output" ? `([${label}])` : `[${label}]`;
}

/** Mermaid reads `#NUMBER;` as a character; everything that could end or format the label is written so. */
const escapeLabel = (line: string): string => line.replace(/[#"<>&`\\*_]/g, (char) => `#${char.charCodeAt(0)};`);
