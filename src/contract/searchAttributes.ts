/** The search attributes that a namespace needs, all of type Keyword. */
export const SEARCH_ATTRIBUTES = {
  target: 'MlopsTarget',
  stage: 'MlopsStage',
  outcome: 'MlopsOutcome',
  severity: 'MlopsSeverity',
  awaiting: 'MlopsAwaiting',
} as const;

/** The command that registers one that is missing. */
export function registerSearchAttributeCommand(name: string, namespace: string): string {
  return `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type Keyword`;
}
