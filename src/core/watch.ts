/** What is known of a piece of work: counts and names of models, never of people. */
export type Facts = Readonly<Record<string, string | number>>;

/** Does a piece of work, and may note under its name how long it took, whether it failed, and what is known of it. */
export type Watch = <T>(name: string, work: () => Promise<T>, facts?: (done: T) => Facts) => Promise<T>;

/** Notes nothing. */
export const unwatched: Watch = (_name, work) => work();
