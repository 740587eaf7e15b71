import type { Answers, LifeMoments, TestPlan } from './alertTests.js';
import { firstWords } from './promtoolOutput.js';
import { roundUp, settleOf } from './timeline.js';

export const NOT_FIRING = 'promtool does not see it fire on the series that were worked out for it';

/** Whether promtool got what was worked out, so that there is nothing to try without decoys. */
export function isAsWorkedOut(plan: TestPlan, isMain: boolean, answers: Answers): boolean {
  return objectionTo(plan, answers, answers.moments) === undefined && (!isMain || holdsOffGrid(answers));
}

/** Whether it also fires, and not early, when scrapes lie between evaluations. */
export function holdsOffGrid({ offGrid }: Answers): boolean {
  return offGrid.every(({ samples, early }) => samples.length > 0 && !early);
}

/** What speaks against the tests showing what they should; undefined: nothing. */
export function objectionTo(plan: TestPlan, answers: Answers, moments: LifeMoments | undefined): string | undefined {
  const { timeline, world } = plan;
  const [error] = answers.errors;
  if (error !== undefined) return `promtool refuses to evaluate it: ${firstWords(error)}`;
  if (moments === undefined) return NOT_FIRING;
  if (answers.flaps) return 'on the series that were worked out the alert comes and goes';
  if (moments.activeFrom < timeline.onset) return 'promtool sees it active on values that were meant to be healthy';
  if (answers.healthyAlerts > 0) return 'promtool sees it active in the test with healthy values only';
  if (moments.activeFrom > timeline.onset + roundUp(settleOf(world), timeline.evaluation)) {
    return 'promtool sees it active later than was worked out';
  }
  // Until the query has settled it may come and go; from then on the alert is there, and fires when it has waited.
  const { onset, turn, evaluation } = timeline;
  const settled = onset + roundUp(settleOf(world), evaluation);
  for (let at = settled; at <= turn; at += evaluation) {
    const there = answers.alertsAt(at);
    if (there.length === 0) return 'on the series that were worked out the alert comes and goes';
    const waited = at - settled >= roundUp(plan.for, evaluation);
    if (waited && !there.some(({ labels }) => labels.alertstate === 'firing')) {
      return 'promtool does not see it fire when it has waited';
    }
  }
  if (moments.firingFrom - moments.activeFrom < roundUp(plan.for, evaluation)) {
    return 'promtool does not see it wait as long as `for` says';
  }
  if (answers.alerts.length === 0) return NOT_FIRING;
  if (world.recover !== undefined && moments.activeTo >= timeline.end) return 'promtool does not see it recover';
  return undefined;
}
