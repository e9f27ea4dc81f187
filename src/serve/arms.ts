import { idText } from "../core/id.ts";
import { type Assigned, armOf } from "./experiments.ts";
import type { RecommendBody } from "./schemas.ts";
import type { Service } from "./service.ts";

export type Armed<T> = T & { readonly experiment?: Assigned };

interface Listed {
  readonly items: readonly { readonly item: string }[];
}

/**
 * An answer by what the arm of a person says, or by `on` itself where no experiment runs or nobody is named. Where the treatment cannot answer, the control does:
 * a canary costs no request.
 */
export async function inArm<T extends Listed>(
  service: Service,
  on: string,
  user: RecommendBody["user"],
  answer: (name: string) => Promise<T>,
): Promise<Armed<T>> {
  const { experiments } = service;
  const experiment = user === undefined ? undefined : experiments.of(on);
  const assigned = experiment && { name: experiment.name, arm: armOf(experiment, idText(user, "The user")) };
  const treated =
    assigned?.arm === "treatment" ? await answer(experiment?.with ?? on).catch(() => undefined) : undefined;
  const answered = treated ?? (await answer(on));
  if (assigned) experiments.noteAnswer(assigned.name, assigned.arm, assigned.arm === "treatment" && !treated);
  const itemsOf = ({ items }: T) => items.map(({ item }) => item);
  experiments.shadow(on, itemsOf(answered), async (instead) => itemsOf(await answer(instead)));
  return assigned ? { ...answered, experiment: assigned } : answered;
}
