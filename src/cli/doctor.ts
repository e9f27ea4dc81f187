import { loadSaved, type Saved } from "../artifact/index.ts";
import { createRecommender, type Recommender } from "../retrieve/index.ts";
import type { Catalog } from "../serve/index.ts";
import { type LoggedEvent, MEANING } from "../store/index.ts";
import { activeNumber } from "./deployments.ts";
import { openEngine } from "./engine.ts";
import { loggedEvents } from "./event-source.ts";
import { readCatalog } from "./pipelines.ts";
import { openRun } from "./runs.ts";
import type { Session } from "./session.ts";

/** Something that makes lists worse than they could be. */
export interface Finding {
  /** Stable, for programs. */
  readonly code: string;
  readonly number: number;
  /** What the number is, and what it means. */
  readonly message: string;
  readonly fix: string;
}

/** What `penchant doctor --json` prints. */
export interface Diagnosis {
  readonly model: string;
  readonly user: string | null;
  readonly findings: readonly Finding[];
  /** What was looked at and found well, as a sentence each. */
  readonly well: readonly string[];
}

/** People whose lists are looked at. */
const SAMPLE = 200;
const LENGTH = 10;
const DAY = 86_400;

interface Patient {
  readonly artifact: Saved;
  readonly recommender: Recommender;
  readonly catalog: Catalog;
  readonly events: readonly LoggedEvent[];
}

/** Looks a deployed model or a run over. Throws WORKSPACE_UNKNOWN, and as loading does. */
export async function diagnose(
  session: Session,
  named: string | undefined,
  user: string | undefined,
): Promise<Diagnosis> {
  const number = named === undefined ? undefined : activeNumber(session, named);
  const { name, folder } =
    number === undefined
      ? await openRun(session, named)
      : { name: named as string, folder: session.workspace.path("model", `${named}.${number}`) };
  const artifact = await loadSaved(folder);
  using recommender = createRecommender(artifact, await openEngine(session), { threads: session.threads });
  const events: LoggedEvent[] = [];
  for await (const event of loggedEvents(session)) events.push(event);
  const patient = { artifact, recommender, catalog: await readCatalog(session), events };
  const looks = user === undefined ? [lists, stale, hidden, unseen] : [person(user), stale, hidden, unseen];
  const found: Look[] = [];
  for (const look of looks) found.push(...(await look(patient)));
  return {
    model: name,
    user: user ?? null,
    findings: found.filter((one) => typeof one !== "string"),
    well: found.filter((one) => typeof one === "string"),
  };
}

type Look = Finding | string;

/** Are lists the same for everybody, and how long do they take? */
async function lists({ artifact, recommender }: Patient): Promise<Look[]> {
  const { users } = artifact;
  const step = Math.max(1, Math.floor(users.length / SAMPLE));
  const k = Math.min(LENGTH, recommender.itemCount);
  const [shown, times, methods] = [new Map<string, number>(), [] as number[], new Map<string, number>()];
  for (let at = 0; at < users.length; at += step) {
    const start = performance.now();
    const { items, method } = await recommender.recommend(users[at] as string, { k });
    times.push(performance.now() - start);
    methods.set(method, (methods.get(method) ?? 0) + 1);
    for (const { item } of items) shown.set(item, (shown.get(item) ?? 0) + 1);
  }
  const asked = times.length;
  const median = times.sort((a, b) => a - b)[asked >> 1] ?? 0;
  const everywhere = [...shown.values()].filter((count) => count > asked / 2).length;
  const impersonal = (methods.get("popularity") ?? 0) + (methods.get("baseline") ?? 0);
  return [
    shareOf(everywhere, k) > 0.3
      ? finding("same-for-everybody", everywhere, {
          message: `of the ${k} places of a list go to items that more than half of ${asked} people are shown`,
          fix: "Train a personal model longer, push popular items back (--set negativeSampling=popularity), or rerank for diversity.",
        })
      : `Lists differ: ${shown.size} items are shown to ${asked} people.`,
    impersonal > 0
      ? finding("impersonal", impersonal, {
          message: `of ${asked} people get popular items: of them the model has learned nothing`,
          fix:
            artifact.metadata.model.task === "none"
              ? "Train a model that learns, such as ease."
              : "Train on what they have done: --from-log.",
        })
      : "Everybody who was asked for gets a list of their own.",
    median > 20
      ? finding("slow", Math.round(median), {
          message: "milliseconds is what a list takes (median)",
          fix: "Use a smaller or faster model, or give the server more --threads.",
        })
      : `A list takes ${median.toFixed(1)} ms (median).`,
  ];
}

/** Has much happened since the model was trained? */
function stale({ artifact, events }: Patient): Look[] {
  const trained = Date.parse(artifact.metadata.created) / 1000;
  const days = Math.floor((Date.now() / 1000 - trained) / DAY);
  const since = events.filter(({ time }) => time > trained);
  const known = new Set(artifact.items);
  const strange = new Set(since.filter(({ item }) => !known.has(item)).map(({ item }) => item));
  const share = shareOf(since.length, since.length + artifact.metadata.dataset.interactions);
  const retrain = "Train again with what happened since: penchant train MODEL --from-log, then penchant deploy.";
  return [
    share > 0.1
      ? finding("stale", since.length, {
          message: `events came since the model was trained ${days} days ago`,
          fix: retrain,
        })
      : `The model is ${days} days old; ${since.length} events came since.`,
    ...(strange.size > 0
      ? [
          finding("unknown-items", strange.size, {
            message: "items that people met since are unknown to the model, which cannot recommend them",
            fix: retrain,
          }),
        ]
      : []),
  ];
}

/** Is much kept out of all lists? */
function hidden({ artifact, catalog }: Patient): Look[] {
  const count = artifact.items.filter((item) => catalog.hidden.has(item)).length;
  if (shareOf(count, artifact.items.length) > 0.2) {
    const message = `of ${artifact.items.length} items are in no list, as they were deleted or are not available`;
    return [
      finding("many-hidden", count, {
        message,
        fix: "Say available: true of those that are there again (PATCH /v1/items/ID).",
      }),
    ];
  }
  return [`${artifact.items.length - count} of ${artifact.items.length} items may be shown.`];
}

/** Does the run say what it does not know? */
function unseen({ recommender }: Patient): Look[] {
  return recommender.warnings.map(({ code, message }) =>
    finding(code, 1, { message: `warning of the run: ${message}`, fix: "Train it again." }),
  );
}

/** Why is the list of this person empty, short or impersonal? */
const person =
  (user: string) =>
  async ({ artifact, recommender, catalog, events }: Patient): Promise<Look[]> => {
    const own = events.filter((event) => event.user === user);
    const size = recommender.itemCount;
    const known = new Set(artifact.items);
    const likes = own.filter(({ type, item }) => MEANING[type] === "likes" && known.has(item)).map(({ item }) => item);
    const who = likes.length > 0 ? { user, items: likes } : user;
    const all = await recommender.recommend(who, { k: size, hidden: recommender.itemSet([...catalog.hidden]) });
    const past = await recommender.past(user);
    const strange = own.filter(({ item }) => !known.has(item)).length;
    return [
      recommender.knowsUser(user)
        ? `The model was trained on ${JSON.stringify(user)}, and learned from ${past.length} items.`
        : finding("unknown-user", own.length, {
            message: `events of ${JSON.stringify(user)} are in the log, and the model was not trained on them: lists come of those events alone`,
            fix:
              own.length > 0
                ? "Train with --from-log to learn from everything."
                : "Send events of theirs; until then they get popular items.",
          }),
      all.items.length < LENGTH
        ? finding("short-list", all.items.length, {
            message: `items are left for ${JSON.stringify(user)} of ${size}: the others were met or are hidden`,
            fix: "Recommend seen items too (includeSeen), or show hidden ones again.",
          })
        : `${all.items.length} of ${size} items are left to recommend, by the method ${all.method}.`,
      ...(strange > 0
        ? [
            finding("unknown-items", strange, {
              message: "of their events are of items that the model does not know, and say nothing to it",
              fix: "Train again with --from-log.",
            }),
          ]
        : []),
    ];
  };

const finding = (code: string, number: number, rest: Pick<Finding, "message" | "fix">): Finding => ({
  code,
  number,
  ...rest,
});

const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
