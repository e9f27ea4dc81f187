import type { ServedModel } from "./model.ts";
import type { Asked, Route } from "./route.ts";
import { ActivateBody, ExperimentsAnswer, ModelAnswer, ModelParams, ModelsAnswer } from "./schemas.ts";

const nameOf = ({ params }: Asked): string => (params as { name: string }).name;

/** The models: which there are, and which answer. */
export const modelRoutes: readonly Route[] = [
  {
    method: "GET",
    url: "/v1/models",
    tool: "models",
    summary: "The models that answer, the default one first",
    answer: ModelsAnswer,
    scope: "read",
    handle: (service) => ({ models: service.models.map(describeModel) }),
  },
  {
    method: "GET",
    url: "/v1/experiments",
    tool: "experiments",
    summary: "The experiments, canaries and shadows that run, and what was answered",
    answer: ExperimentsAnswer,
    scope: "admin",
    handle: (service) => ({ experiments: service.experiments.describe() }),
  },
  {
    method: "POST",
    url: "/v1/models/:name/activate",
    tool: "activate_model",
    summary: "Lets a deployment answer, once it gives its known answers; no request is dropped",
    params: ModelParams,
    body: ActivateBody,
    answer: ModelAnswer,
    example: {},
    scope: "admin",
    isLong: true,
    handle: async (service, asked) =>
      describeModel(await service.switch(nameOf(asked), (asked.body as ActivateBody).deployment ?? "now")),
  },
  {
    method: "POST",
    url: "/v1/models/:name/rollback",
    tool: "roll_back_model",
    summary: "Lets the deployment answer that did before",
    params: ModelParams,
    answer: ModelAnswer,
    scope: "admin",
    isLong: true,
    handle: async (service, asked) => describeModel(await service.switch(nameOf(asked), "previous")),
  },
];

function describeModel({ name, run, deployment, version, metadata, since, recommender }: ServedModel): object {
  const { model, dataset, created } = metadata;
  return {
    ...{ name, run, deployment: deployment ?? null, version, model: model.name, task: model.task },
    ...{ users: dataset.users, items: dataset.items, trained: created },
    ...{ since: since.toISOString(), warnings: recommender.warnings },
  };
}
