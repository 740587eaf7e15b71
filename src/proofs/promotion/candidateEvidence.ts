/** What is known of one version of a model, as the registry and its evaluation record it. */
export interface CandidateEvidence {
  model: string;
  version: string;
  /** Commit that the version was trained at. */
  commit?: string | undefined;
  /** Identifies the data that it was measured on, for example its hash. */
  dataVersion?: string | undefined;
  artifact?: { path: string; expectedSha256?: string | undefined; actualSha256?: string | undefined } | undefined;
  /** Metric → value, as read; a value that is no finite number counts for nothing. */
  metrics: Readonly<Record<string, unknown>>;
  /** ISO 8601 time of the evaluation. */
  evaluatedAt?: string | undefined;
}
