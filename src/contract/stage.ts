/** The four stages of a model's life that a map covers. */
export const LIFECYCLE_STAGES = ['training', 'registration', 'deployment', 'monitoring'] as const;
export type LifecycleStage = (typeof LIFECYCLE_STAGES)[number];

/** The three paths that validation proves. */
export const VALIDATION_PATHS = ['promotion', 'rollback', 'alerting'] as const;
export type ValidationPath = (typeof VALIDATION_PATHS)[number];

/** The stages of a change task, in the order in which they run. */
export const TASK_STAGES = ['map', 'assess', 'plan', 'rehearse', 'approve', 'apply', 'validate', 'report'] as const;
export type TaskStage = (typeof TASK_STAGES)[number];
