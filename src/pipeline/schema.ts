import Type, { type Static } from "typebox";
import { checker } from "./check.ts";

const strict = { additionalProperties: false };
const Name = Type.String({ minLength: 1, maxLength: 64, description: "the name of a deployed model or a run" });
const Count = (description: string) => Type.Integer({ minimum: 1, maximum: 10_000, description });
const FieldName = Type.String({
  pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$",
  description: "the name of a field of items",
});
const FilterText = Type.String({ maxLength: 2000, description: 'a condition in CEL, as in item.genre == "drama"' });
const Lambda = Type.Optional(
  Type.Number({ minimum: 0, maximum: 1, description: "1: by score alone; 0: by what is added alone" }),
);

const Source = Type.Union(
  [
    Type.Object(
      {
        from: Name,
        n: Count("how many it gives"),
        index: Type.Optional(
          Type.Boolean({ description: "look them up in the index of the model (penchant index build)" }),
        ),
      },
      strict,
    ),
    Type.Object({ from: Type.Literal("popular"), n: Count("how many it gives") }, strict),
    Type.Object({ from: Type.Literal("fresh"), n: Count("how many it gives"), field: FieldName }, strict),
    Type.Object({ from: Type.Literal("related"), n: Count("how many it gives"), field: FieldName }, strict),
  ],
  {
    description:
      '{"from": a model, "popular", or "fresh" with the field of a time, "related" with a field that lists ids, "n": how many, "index": true of a model with one}',
  },
);
export type Source = Static<typeof Source>;

const Diversity = Type.Object(
  {
    lambda: Lambda,
    field: Type.Optional({
      ...FieldName,
      description: "alike by what this field has in common; default: by the model's vectors",
    }),
  },
  strict,
);
const byKinds = { field: FieldName, lambda: Lambda };
const ByKinds = Type.Object(byKinds, strict);
const Calibration = Type.Object(
  {
    ...byKinds,
    method: Type.Optional(
      Type.Union([Type.Literal("greedy"), Type.Literal("flow")], {
        description:
          '"greedy" (default): one item after the other; "flow": the best list of all, by a minimum-cost flow',
      }),
    ),
  },
  strict,
);

const Share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const Price = Type.Optional(
  Type.Number({ minimum: 0, maximum: 1e9, description: "what penchant utility solve found" }),
);
const Mean = Type.Number({ minimum: -1e9, maximum: 1e9, description: "mean over all places of pages" });

const Rule = Type.Union(
  [
    Type.Object({ filter: FilterText, atLeast: Share("share of places"), price: Price }, strict),
    Type.Object({ filter: FilterText, atMost: Share("share of places"), price: Price }, strict),
    Type.Object({ field: FieldName, atLeast: Mean, price: Price }, strict),
    Type.Object({ field: FieldName, atMost: Mean, price: Price }, strict),
    Type.Object({ relevance: Share("of what pages have without rules, at least"), price: Price }, strict),
    Type.Object(
      {
        each: FieldName,
        atMost: Share("share of places that each of its kinds has at most"),
        prices: Type.Optional(
          Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1e9 }), { maxProperties: 10_000 }),
        ),
      },
      strict,
    ),
  ],
  {
    description:
      '{"filter": …, "atLeast" or "atMost": a share of places}, {"field": …, "atLeast" or "atMost": a mean}, {"relevance": a share}, or {"each": a field, "atMost": a share}',
  },
);

/** What pages are worth, and what they are to keep together. */
export const Utility = Type.Object(
  {
    value: Type.Optional({
      ...FieldName,
      description: "a field of numbers that relevance is multiplied by; default: relevance alone",
    }),
    rules: Type.Array(Rule, { minItems: 1, maxItems: 16 }),
    pace: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e6,
        description: "by how much a served price moves when a page misses its bound by 1; default: prices stay",
      }),
    ),
  },
  strict,
);
export type Utility = Static<typeof Utility>;

const Step = Type.Union(
  [
    Type.Object(
      { boost: Type.Object({ filter: FilterText, by: Type.Number({ minimum: -1e6, maximum: 1e6 }) }, strict) },
      strict,
    ),
    Type.Object(
      {
        freshness: Type.Object(
          {
            field: FieldName,
            halfLife: Type.Number({ exclusiveMinimum: 0, description: "in days" }),
            weight: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
          },
          strict,
        ),
      },
      strict,
    ),
    Type.Object({ utility: Utility }, strict),
    Type.Object({ mmr: Diversity }, strict),
    Type.Object({ msd: Diversity }, strict),
    Type.Object({ dpp: Diversity }, strict),
    Type.Object(
      {
        ssd: Type.Object(
          {
            gamma: Type.Optional(Type.Number({ minimum: 0 })),
            window: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
            field: Type.Optional(FieldName),
          },
          strict,
        ),
      },
      strict,
    ),
    Type.Object({ xquad: ByKinds }, strict),
    Type.Object({ calibrate: Calibration }, strict),
    Type.Object(
      {
        fair: Type.Object(
          {
            filter: FilterText,
            share: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
            significance: Type.Optional(Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 })),
          },
          strict,
        ),
      },
      strict,
    ),
    Type.Object(
      { caps: Type.Object({ field: FieldName, most: Type.Integer({ minimum: 1, maximum: 1000 }) }, strict) },
      strict,
    ),
    Type.Object(
      {
        pins: Type.Array(
          Type.Object(
            { item: Type.String({ maxLength: 1024 }), place: Type.Integer({ minimum: 1, maximum: 1000 }) },
            strict,
          ),
          { minItems: 1, maxItems: 100 },
        ),
      },
      strict,
    ),
  ],
  {
    description:
      "one of boost, freshness, utility, mmr, msd, dpp, ssd, xquad, calibrate, fair, caps, pins with what belongs to it",
  },
);
export type Step = Static<typeof Step>;

const Bound = Type.Number({ description: "values below this are left out; on the scale of the data" });
const EventKind = Type.String({
  minLength: 1,
  maxLength: 128,
  description: "a kind of event, as the data or the event log call it",
});

/** Words of `filter` for what the person did. */
export const PAST_WORDS = ["seen", "bought", "disliked"] as const;
export type PastWord = (typeof PAST_WORDS)[number];

const Past = Type.Union([
  Type.Object({ met: Type.Array(EventKind, { minItems: 1, maxItems: 32 }) }, strict),
  Type.Object({ ratedBelow: Bound }, strict),
]);
const Filters = Type.Array(Type.Union([FilterText, Past]), {
  maxItems: 16,
  description:
    '"seen", "bought" (events of the kind purchase), "disliked", {"met": kinds of events}, {"ratedBelow": a value} leave out what the person did so; all else are conditions in CEL; default: ["seen"]',
});
export type PipelineFilter = Static<typeof Filters>[number];

/** From candidates to a page of items, as a value. */
export const Pipeline = Type.Object(
  {
    candidates: Type.Array(Source, { minItems: 1, maxItems: 16 }),
    merge: Type.Optional(
      Type.Union([Type.Literal("rank"), Type.Literal("quota")], {
        description: '"rank" (default): by the sum of 1 / (60 + place) over the sources; "quota": in turn, one of each',
      }),
    ),
    filter: Type.Optional(Filters),
    rank: Type.Optional({
      ...Name,
      description: "the model that scores the candidates; default: none, as they were merged",
    }),
    rerank: Type.Optional(Type.Array(Step, { maxItems: 16 })),
    k: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: "length of the page; default 10" })),
  },
  strict,
);
export type Pipeline = Static<typeof Pipeline>;

const check = checker(Pipeline, "pipeline", "CONFIG_PIPELINE");

/** Throws CONFIG_PIPELINE with the first place that does not fit. */
export function parsePipeline(value: unknown): Pipeline {
  check(value);
  return value as Pipeline;
}

const RESERVED: ReadonlySet<string> = new Set(["popular", "fresh", "related"]);

/** The models that a pipeline asks, the one that has the say of scores and vectors first. Throws CONFIG_PIPELINE where there is none. */
export function modelsOf({ candidates, rank }: Pipeline): readonly string[] {
  const named = candidates.map(({ from }) => from).filter((from) => !RESERVED.has(from));
  return [...new Set([...(rank === undefined ? [] : [rank]), ...named])];
}

/** What a step is called: its one key. */
export const stepName = (step: Step): string => Object.keys(step)[0] as string;
