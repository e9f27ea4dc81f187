import { fail } from "../core/errors.ts";
import { idText } from "../core/id.ts";
import type { LoggedEvent } from "../store/index.ts";
import type { EventBody, EventsBody } from "./schemas.ts";
import type { Service } from "./service.ts";

/** Puts events into the log; done when they are on the disk and count. Throws SERVE_REQUEST, CONFIG_VALUE, FEATURE_VALUE, STORE_BUSY, STORE_WRITE. */
export async function acceptEvents(
  service: Service,
  { events }: EventsBody,
): Promise<{ readonly accepted: number; readonly last: number }> {
  const now = Date.now() / 1000;
  const logged = events.map((event, i) => loggedEvent(event, i, now));
  const ratings = new Map(logged.filter(({ type }) => type === "rating").map(({ item, value = 0 }) => [item, value]));
  for (const model of service.models) model.checkRatings(ratings);
  for (const { context } of logged) {
    if (context) for (const model of service.models) model.checkContext(context);
  }
  const last = await service.append(logged);
  return { accepted: logged.length, last };
}

function loggedEvent(
  { user, item, type, value, time, model, pipeline, position, context }: EventBody,
  i: number,
  now: number,
): LoggedEvent {
  const isRating = type === "rating";
  if (isRating !== (value !== undefined)) {
    fail("SERVE_REQUEST", {
      what: `events.${i} ${isRating ? "is a rating without a value" : `has a value, which a ${type} has not`}`,
      fix: isRating ? "Say the rating in value." : 'Leave value out, or say type "rating".',
    });
  }
  if (type !== "exposure" && [model, pipeline, position].some((one) => one !== undefined)) {
    fail("SERVE_REQUEST", {
      what: `events.${i} says a model, a pipeline or a position, which a ${type} has not`,
      fix: 'Leave them out, or say type "exposure".',
    });
  }
  return {
    user: idText(user, "The user"),
    item: idText(item, "The item"),
    type,
    ...(value !== undefined && { value }),
    time: time ?? now,
    ...(model !== undefined && { model }),
    ...(pipeline !== undefined && { pipeline }),
    ...(position !== undefined && { position }),
    ...(context !== undefined && { context }),
  };
}
