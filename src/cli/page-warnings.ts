import type { Doubt, Page } from "../pipeline/index.ts";

/** What many pages say of filters and rules, each once, with the number of pages that say it; that a page is short is in the figures. */
export class PageWarnings {
  readonly #warnings = new Map<string, { readonly code: string; readonly message: string; pages: number }>();
  #pages = 0;

  /** The first message stands for those that differ from it in numbers alone: of candidates, mostly. */
  note(warnings: Page["warnings"] | readonly Doubt[] = []): void {
    this.#pages++;
    for (const { code, message } of warnings) {
      if (code === "short-list") continue;
      const key = `${code} ${message.replaceAll(/\d+/g, "#")}`;
      const known = this.#warnings.get(key) ?? { code, message, pages: 0 };
      known.pages++;
      this.#warnings.set(key, known);
    }
  }

  get all(): readonly { readonly code: string; readonly message: string }[] {
    return [...this.#warnings.values()].map(({ code, message, pages }) => ({
      code,
      message: `${message} (on ${pages} of ${this.#pages} pages)`,
    }));
  }
}
