export { type Filter, parseFilter } from "./filter.ts";
