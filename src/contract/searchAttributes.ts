/** The search attributes that a namespace needs, all of type Keyword. */
export const SEARCH_ATTRIBUTES = {
  target: 'MlopsTarget',
  stage: 'MlopsStage',
  outcome: 'MlopsOutcome',
  severity: 'MlopsSeverity',
  awaiting: 'MlopsAwaiting',
} as const;
