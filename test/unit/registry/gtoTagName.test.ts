import { describe, expect, it } from 'vitest';
import { parseGtoTagName, stageTagName } from '../../../src/registry/gtoTagName.js';

describe('parseGtoTagName', () => {
  it.each([
    ['m@v1.2.3', { model: 'm', event: 'register', version: 'v1.2.3' }],
    ['m@v1.2.3-rc.1+build.5#7', { model: 'm', event: 'register', version: 'v1.2.3-rc.1+build.5', counter: 7 }],
    ['m@v1.2.3!', { model: 'm', event: 'deregister', version: 'v1.2.3' }],
    ['m@v1.2.3!#4', { model: 'm', event: 'deregister', version: 'v1.2.3', counter: 4 }],
    ['m#prod', { model: 'm', event: 'assign', stage: 'prod' }],
    ['m#prod#12', { model: 'm', event: 'assign', stage: 'prod', counter: 12 }],
    ['m#prod!#13', { model: 'm', event: 'unassign', stage: 'prod', counter: 13 }],
    ['m@deprecated', { model: 'm', event: 'deprecate' }],
    ['team/sub=m#prod#1', { model: 'team/sub:m', event: 'assign', stage: 'prod', counter: 1 }],
  ])('reads %s', (tag, expected) => {
    expect(parseGtoTagName(tag)).toEqual(expected);
  });

  it.each([
    'v1.2.3',
    'm@1.2.3',
    'm@v1.2',
    'm@v01.2.3',
    'm#prod#',
    'm#prod#x',
    '#prod#1',
    '-m#prod#1',
    'm#pr od#1',
    'm',
  ])('takes %s for a tag of another kind', (tag) => {
    expect(parseGtoTagName(tag)).toBeUndefined();
  });

  it('reads what stageTagName writes', () => {
    expect(parseGtoTagName(stageTagName('dir:m', 'prod', 3, 'unassign'))).toEqual({
      model: 'dir:m',
      event: 'unassign',
      stage: 'prod',
      counter: 3,
    });
  });
});
