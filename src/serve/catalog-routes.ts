import { ErasedAnswer, FieldsAnswer, ItemAnswer, PatchBody, PutBody, UserAnswer } from "./catalog-schemas.ts";
import { changeItem, changeUser, describeItem, describeUser, eraseUser } from "./changes.ts";
import type { Asked, Route } from "./route.ts";
import { IdParams } from "./schemas.ts";

const idOf = ({ params }: Asked): string => (params as { id: string }).id;
const PUT_EXAMPLE = { fields: { genre: "drama", price: 9.5, available: true } };
const PATCH_EXAMPLE = { fields: { price: null, available: false } };

const itemRoutes: readonly Route[] = [
  {
    method: "GET",
    url: "/v1/items/:id",
    tool: "item",
    summary: "What is known of an item",
    params: IdParams,
    answer: ItemAnswer,
    scope: "read",
    handle: (service, asked) => describeItem(service, idOf(asked)),
  },
  {
    method: "PUT",
    url: "/v1/items/:id",
    tool: "put_item",
    summary: "All that is known of an item, for filters; an item whose field available is false is not shown",
    params: IdParams,
    body: PutBody,
    answer: ItemAnswer,
    example: PUT_EXAMPLE,
    scope: "write",
    handle: (service, asked) => changeItem(service, idOf(asked), { change: "put", ...(asked.body as PutBody) }),
  },
  {
    method: "PATCH",
    url: "/v1/items/:id",
    tool: "patch_item",
    summary: "Fields of an item on top of those that are known; null takes one away",
    params: IdParams,
    body: PatchBody,
    answer: ItemAnswer,
    example: PATCH_EXAMPLE,
    scope: "write",
    handle: (service, asked) => changeItem(service, idOf(asked), { change: "patch", ...(asked.body as PatchBody) }),
  },
  {
    method: "DELETE",
    url: "/v1/items/:id",
    tool: "delete_item",
    summary: "Takes an item out of all lists, until it is put again",
    params: IdParams,
    answer: ItemAnswer,
    scope: "write",
    handle: (service, asked) => changeItem(service, idOf(asked), { change: "delete" }),
  },
];

const userRoutes: readonly Route[] = [
  {
    method: "GET",
    url: "/v1/users/:id",
    tool: "user",
    summary: "Everything that is kept of a person here",
    params: IdParams,
    answer: UserAnswer,
    scope: "admin",
    handle: (service, asked) => describeUser(service, idOf(asked)),
  },
  {
    method: "PUT",
    url: "/v1/users/:id",
    tool: "put_user",
    summary: "All that is known of a person, for filters",
    params: IdParams,
    body: PutBody,
    answer: FieldsAnswer,
    example: { fields: { country: "is" } },
    scope: "write",
    handle: (service, asked) => changeUser(service, idOf(asked), { change: "put", ...(asked.body as PutBody) }),
  },
  {
    method: "PATCH",
    url: "/v1/users/:id",
    tool: "patch_user",
    summary: "Fields of a person on top of those that are known; null takes one away",
    params: IdParams,
    body: PatchBody,
    answer: FieldsAnswer,
    example: { fields: { country: null } },
    scope: "write",
    handle: (service, asked) => changeUser(service, idOf(asked), { change: "patch", ...(asked.body as PatchBody) }),
  },
  {
    method: "DELETE",
    url: "/v1/users/:id",
    tool: "delete_user",
    summary: "Takes a person out of events, data sets and runs, and searches all that is left to prove it",
    params: IdParams,
    answer: ErasedAnswer,
    scope: "admin",
    isLong: true,
    handle: (service, asked) => eraseUser(service, idOf(asked)),
  },
];

/** What is known of items and people. */
export const catalogRoutes: readonly Route[] = [...itemRoutes, ...userRoutes];
