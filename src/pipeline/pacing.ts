import type { Part } from "./utility.ts";

export interface Paced {
  readonly rule: string;
  readonly price: number;
  /** Mean over the pages until now. */
  readonly reached: number;
  readonly bound: number;
}

interface State {
  readonly name: string;
  price: number;
  reached: number;
  bound: number;
  pages: number;
}

/**
 * Prices that follow what is shown: after each page a price moves by `pace` times what the page missed of its bound, never below 0. That is dual mirror
 * descent (Balseiro, Lu, Mirrokni: The Best of Many Worlds, Operations Research 2023), which keeps to bounds also where people differ from those of the history.
 */
export class Pacing {
  readonly #states = new Map<string, State>();

  /** Undefined until a page was noted, or the rule has a price. */
  price({ key, price }: Part): number | undefined {
    return this.#states.get(key)?.price ?? price;
  }

  /** Notes a page, by the places of its entries among the candidates. */
  note(parts: readonly Part[], page: ArrayLike<number>, pace: number): void {
    if (page.length === 0) return;
    for (const { key, name, is, bound, price = 0, amounts } of parts) {
      const state = this.#states.get(key) ?? { name, price, reached: 0, bound: 0, pages: 0 };
      let sum = 0;
      for (let i = 0; i < page.length; i++) sum += amounts[page[i] as number] as number;
      const mean = sum / page.length;
      state.price = Math.max(0, state.price + pace * (is === "least" ? bound - mean : mean - bound));
      state.pages++;
      state.reached += (mean - state.reached) / state.pages;
      state.bound += (bound - state.bound) / state.pages;
      this.#states.set(key, state);
    }
  }

  get all(): readonly Paced[] {
    return [...this.#states.values()].map(({ name, price, reached, bound }) => ({ rule: name, price, reached, bound }));
  }
}
