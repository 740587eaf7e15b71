/** The text isn't valid PromQL, for any version of Prometheus that is known here. */
export class QueryError extends Error {
  override readonly name = 'QueryError';

  constructor(
    message: string,
    /** Where in the query's text, counted from 0. */
    readonly offset: number,
  ) {
    super(message);
  }
}

/** The query is valid, but uses something that isn't implemented here. */
export class UnsupportedQuery extends Error {
  override readonly name = 'UnsupportedQuery';

  constructor(
    /** What it is, as a noun: `the function info`. */
    readonly construct: string,
  ) {
    super(`${construct} is not supported`);
  }
}

/** Prometheus refuses to evaluate the query on these series, for instance because a match is many-to-many. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
}
