import { optional } from "./optional.ts";

/** Pixels for each unit of a drawing: sharp on screens of a high density, and in print. */
const SCALE = 2;

export interface Png {
  readonly bytes: Uint8Array;
  /** Whether a font was found: without one, a picture has points and lines, but no words. */
  readonly worded: boolean;
}

/** A drawing as PNG, by the package resvg with the fonts of the machine. Throws USAGE_PACKAGE where it is missing. */
export async function asPng(svg: string): Promise<Png> {
  const { Resvg } = await optional(() => import("@resvg/resvg-js"), "@resvg/resvg-js", "What makes PNG files");
  const options = { fitTo: { mode: "zoom", value: SCALE }, font: { loadSystemFonts: true } } as const;
  const sample = `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text y="15">x</text></svg>`;
  return {
    bytes: new Resvg(svg, options).render().asPng(),
    worded: new Resvg(sample, options).getBBox() !== undefined,
  };
}
