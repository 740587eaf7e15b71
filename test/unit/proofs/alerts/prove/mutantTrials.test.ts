import { describe, expect, it } from 'vitest';
import { type Answers, completeTests, type TestPlan } from '../../../../../src/proofs/alerts/prove/alertTests.js';
import type { Mutant } from '../../../../../src/proofs/alerts/prove/mutants.js';
import type { ShownWorld } from '../../../../../src/proofs/alerts/prove/mutantTests.js';
import { MutantTrials } from '../../../../../src/proofs/alerts/prove/mutantTrials.js';
import { timelineOf } from '../../../../../src/proofs/alerts/prove/timeline.js';
import type { World } from '../../../../../src/proofs/alerts/world.js';

const WORLD: World = {
  series: [
    {
      labels: { __name__: 'm', job: 'a' },
      kind: 'gauge',
      role: 'carrier',
      healthy: { kind: 'level', value: 1 },
      firing: { kind: 'level', value: 2 },
    },
  ],
  warmUp: 60,
  settle: 0,
  recover: 60,
  holds: undefined,
  startsAt: 0,
  assumptions: [],
};

/** A rule that fires from 120 s on, as promtool would have said. */
function shownWorld(): ShownWorld {
  const timeline = timelineOf(WORLD, { for: 0, keepFiringFor: 0, scrape: 30, evaluation: 60 });
  const plan: TestPlan = {
    alert: 'A',
    ownLabels: {},
    for: 0,
    keepFiringFor: 0,
    world: WORLD,
    plainer: [],
    timeline,
    missesFirstEvent: false,
    selectors: [],
  };
  const moments = { activeFrom: 120, firingFrom: 120, firingTo: 240, activeTo: 240 };
  const answers: Answers = {
    alertsAt: () => [],
    moments,
    flaps: false,
    alerts: [{ labels: { alertname: 'A' }, annotations: {} }],
    errors: [],
    warmsUpLoudly: false,
    healthyAlerts: 0,
    presence: [],
    livePresence: [],
    vanished: [],
    firesWhenVanished: false,
    born: [],
    bornFires: true,
    died: [],
    offGrid: [],
  };
  return { plan, answers, moments, tests: completeTests(plan, answers, moments, true) };
}

const mutant = (text: string, decisive = false): Mutant => ({
  kind: 'reversed',
  text,
  change: { expr: text },
  decisive,
});

const failed = (...names: string[]) => ({
  passed: false,
  output: names.map((name) => `    alertname: ${name}, time: 2m, \n        exp:[], got:[]`).join('\n'),
});

describe('MutantTrials', () => {
  it('tries all on the test that the alert fires, and what passes it on the others', () => {
    const trials = new MutantTrials([mutant('m < 1'), mutant('m > 0')], [shownWorld()]);
    const [first, ...none] = trials.next();
    expect(none).toEqual([]);
    expect(first?.mutants.map(({ name }) => name)).toEqual(['mutant-0', 'mutant-1']);
    first?.done(failed('mutant-0'));
    const [second] = trials.next();
    expect(second?.mutants.map(({ name }) => name)).toEqual(['mutant-1']);
    expect(second?.groups.map(({ name }) => name)).toEqual(['A stays silent on healthy values']);
    second?.done({ passed: true, output: '' });
    expect(trials.next()).toEqual([]);
    expect(trials.results().map(({ killed }) => killed)).toEqual([true, false]);
    expect([...trials.survivors()]).toEqual(['m > 0']);
  });

  it('tries the others again when Prometheus refuses to evaluate one, which counts as noticed', () => {
    const trials = new MutantTrials([mutant('a'), mutant('b')], [shownWorld()]);
    trials.next()[0]?.done({
      passed: false,
      output: '    rule: mutant-0, time: 1m0s, err: found duplicate series for the match group',
    });
    expect(trials.next().map(({ mutants }) => mutants.map(({ name }) => name))).toEqual([['mutant-1']]);
    expect(trials.objection()).toBeUndefined();
  });

  it('objects to a rule whose decisive wrong version survives, or of which nothing was told', () => {
    const survivor = new MutantTrials([mutant('`>` turned into `<`', true)], [shownWorld()]);
    survivor.next()[0]?.done({ passed: true, output: '' });
    survivor.next()[0]?.done({ passed: true, output: '' });
    expect(survivor.objection()).toBe("the tests can't tell it from a rule with `>` turned into `<`");
    const broken = new MutantTrials([mutant('`>` turned into `<`', true)], [shownWorld()]);
    broken.next()[0]?.done({ passed: false, broken: true, output: 'promtool took too long' });
    expect(broken.next()).toEqual([]);
    expect(broken.objection()).toBe(
      'promtool did not tell whether the tests notice a rule with `>` turned into `<`: promtool took too long',
    );
    expect(broken.results()).toEqual([]);
  });
});
