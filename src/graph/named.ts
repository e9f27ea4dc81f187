/** What instructions of a plan are called. */
import type { Instruction } from "./plan.ts";

/** Names of the data matrices with what is known of each side. */
export const USER_FEATURES = "userFeatures";
export const ITEM_FEATURES = "itemFeatures";
/** Of events: a row for each of those that training learns from, and one for each user whose list is asked for. */
export const EVENT_CONTEXT = "eventContext";
export const CONTEXT = "context";

/** The name of the data matrix that an instruction stands for. */
export const dataName = ({ op, attrs }: Instruction): string | undefined =>
  op === "data" ? (attrs as { readonly name: string }).name : undefined;

/** The name of the parameter that an instruction stands for. */
export const parameterOf = ({ op, attrs }: Instruction): string | undefined =>
  op === "param" ? (attrs as { readonly name: string }).name : undefined;

/** Whether an instruction stands for the ids of that side. */
export const isIdOf = (side: "user" | "item", x: Instruction | undefined): boolean =>
  x?.op === "input" && (x.attrs as { readonly name: string }).name === side;
