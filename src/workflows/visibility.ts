import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../contract/searchAttributes.js';
import type { TaskState } from './taskState.js';

const keys = {
  target: defineSearchAttributeKey(SEARCH_ATTRIBUTES.target, 'KEYWORD'),
  stage: defineSearchAttributeKey(SEARCH_ATTRIBUTES.stage, 'KEYWORD'),
  outcome: defineSearchAttributeKey(SEARCH_ATTRIBUTES.outcome, 'KEYWORD'),
  severity: defineSearchAttributeKey(SEARCH_ATTRIBUTES.severity, 'KEYWORD'),
  awaiting: defineSearchAttributeKey(SEARCH_ATTRIBUTES.awaiting, 'KEYWORD'),
};

/**
 * Shows the task where people look in Temporal: search attributes, and current details that end
 * with the exact line to answer. Only ids and digests, never text from alerts or repositories.
 */
export function show(state: TaskState): void {
  const { status } = state;
  const severity = state.proposal?.severity ?? state.request.severity;
  upsertSearchAttributes([
    { key: keys.target, value: status.target },
    { key: keys.stage, value: status.stage },
    { key: keys.outcome, value: status.outcome ?? 'running' },
    { key: keys.severity, value: severity },
    { key: keys.awaiting, value: status.question ? 'approval' : 'none' },
  ]);
  setCurrentDetails(details(state));
}

function details(state: TaskState): string {
  const { status } = state;
  const lines = [`**${status.outcome ?? status.stage}** on \`${status.target}\``];
  if (status.question) {
    const { question } = status;
    const missing = Math.max(question.required - question.approvedBy.length, 0);
    lines.push(
      '',
      `Waits for ${missing} approval${missing === 1 ? '' : 's'} until ${question.deadline}. Plan \`${question.plan}\`.`,
      '',
      `\`temporal-mlops approve '${status.task}' --plan ${question.plan.slice(0, 16)}\``,
    );
  } else if (status.commit) {
    lines.push('', `Commit \`${status.commit}\`.`);
  }
  if (status.outcome) lines.push('', `\`temporal-mlops report '${status.task}'\``);
  return lines.join('\n');
}
