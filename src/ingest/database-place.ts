/** Addresses of databases, in places where a file may stand as well. */

/** Whether a place is the address of a database. */
export const isPostgres = (place: string): boolean => /^postgres(ql)?:\/\//i.test(place) && URL.canParse(place);

/** A place as it is shown and kept: of a database without password and options. */
export function shownPlace(place: string): string {
  if (!isPostgres(place)) return place;
  const url = new URL(place);
  [url.password, url.search, url.hash] = ["", "", ""];
  return url.href;
}
