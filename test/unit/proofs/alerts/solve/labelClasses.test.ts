import { describe, expect, it } from 'vitest';
import { LabelClasses } from '../../../../../src/proofs/alerts/solve/labelClasses.js';

describe('LabelClasses', () => {
  it('gives labels that must be equal the value that one of them demands', () => {
    const classes = new LabelClasses();
    const [a, b] = [classes.variable('event'), classes.variable('event')];
    classes.match(a, { operator: '=', value: 'signup' }, 'a');
    classes.unify(a, b, 'and');
    classes.assign();
    expect(classes.valueOf(b)).toBe('signup');
  });

  it('is certain that two demanded values contradict each other', () => {
    const classes = new LabelClasses();
    classes.unify(classes.constant('x', '1', 'a'), classes.constant('x', '2', 'b'), 'and');
    expect(classes.contradiction).toEqual({
      text: 'and needs one value of the label x on both sides, but "1" by a and "2" by b',
      certain: true,
    });
  });

  it('is not certain where a contradiction stands in a part that the alert can do without', () => {
    const classes = new LabelClasses();
    classes.strength = 'uncertain';
    classes.unify(classes.constant('x', '1', 'a'), classes.constant('x', '2', 'b'), 'and');
    expect(classes.contradiction?.certain).toBe(false);
  });

  it('finds a value that one pattern takes and another refuses', () => {
    const classes = new LabelClasses();
    const code = classes.variable('code');
    classes.match(code, { operator: '=~', value: '[45]..' }, 'a');
    classes.match(code, { operator: '!~', value: '4..' }, 'a');
    classes.assign();
    expect(classes.valueOf(code)).toMatch(/^5..$/);
  });

  it('leaves a label out that nothing reads', () => {
    const classes = new LabelClasses();
    const label = classes.variable('zone');
    classes.assign();
    expect(classes.valueOf(label)).toBe('');
  });

  it('computes a label from another one and refuses a value that does not fit', () => {
    const classes = new LabelClasses();
    const instance = classes.variable('instance');
    classes.want(instance);
    const host = classes.computed('host', [instance], ([value = '']) => value.replace(/:.*/, ''));
    classes.match(host, { operator: '=~', value: 'db-.*' }, 'a');
    classes.assign();
    expect(classes.valueOf(host)).toBe('host-1');
    expect(classes.contradiction?.certain).toBe(false);
  });

  it('varies a free label, keeping to its pattern', () => {
    const classes = new LabelClasses();
    const instance = classes.variable('instance');
    classes.want(instance);
    classes.assign();
    expect(classes.varied(instance, 3)?.map((one) => one.valueOf(instance))).toEqual([
      'host-1:8080',
      'host-2:8080',
      'host-3:8080',
    ]);
  });
});
