import { describe, expect, it } from 'vitest';
import { possibleRoutes } from '../../../../src/risks/incident-response/possibleRoutes.js';
import { contextOf } from '../ruleTrial.js';

const RECEIVERS = 'receivers: [{name: root}, {name: a}, {name: b}, {name: c}]\n';

function ends(route: string, known: Record<string, string>, open = false): string[][] | undefined {
  const root = contextOf({ 'alertmanager.yml': `route:\n  receiver: root\n  routes:\n${route}${RECEIVERS}` }).facts
    .alertmanagerConfigs[0]?.route;
  if (!root) throw new Error('no route was read');
  return possibleRoutes(root, { known, open })?.map((way) => way.map(({ receiver }) => receiver));
}

const TREE = `    - receiver: a
      matchers: [severity="page"]
      continue: true
    - receiver: b
      matchers: [team="x"]
      routes:
        - matchers: [env="prod"]
    - receiver: c
      matchers: [team=~"x|y"]
`;

// Worked out by hand from Alertmanager's documentation; `amtool config routes test` gives the same.
describe('possible routes', () => {
  it.each([
    [{ severity: 'page', team: 'x' }, ['a', 'b']],
    [{ severity: 'page' }, ['a']],
    [{ team: 'x', env: 'prod' }, ['b']],
    [{ team: 'y' }, ['c']],
    [{ team: 'xy' }, ['root']],
    [{}, ['root']],
  ])('of %j are one way when all labels are known', (labels, expected) => {
    expect(ends(TREE, labels as Record<string, string>)).toEqual([expected]);
  });

  it('follow both ways where a label is not known', () => {
    expect(ends(TREE, { severity: 'page' }, true)).toEqual([['a', 'b'], ['a', 'b'], ['a', 'c'], ['a']]);
  });

  it('are not told where a matcher cannot be read', () => {
    expect(ends('    - receiver: a\n      matchers: ["severity ~ page"]\n', {})).toBeUndefined();
  });

  it('are not told where there are too many', () => {
    const wide = Array.from(
      { length: 10 },
      (_, index) => `    - receiver: a\n      matchers: [l${index}="x"]\n      continue: true\n`,
    ).join('');
    expect(ends(wide, {}, true)).toBeUndefined();
  });
});
