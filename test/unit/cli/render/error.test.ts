import { describe, expect, it } from 'vitest';
import { errorDetails, renderError } from '../../../../src/cli/render/error.js';
import { MlopsError } from '../../../../src/contract/errors.js';

describe('renderError', () => {
  it('says what, where and how to mend it', () => {
    const error = new MlopsError('MLOPS-CFG-002', 'There is no target "x".', { where: 'routes[0].target' });
    expect(renderError(error.toDetails())).toEqual([
      'error MLOPS-CFG-002: There is no target "x".',
      '  where: routes[0].target',
      '  mend:  Use one of the targets that are listed, or add it to temporal-mlops.yaml.',
    ]);
  });

  it('keeps the lines of a list', () => {
    expect(renderError({ code: 'MLOPS-CFG-001', message: 'line 1: a\nline 2: b', mend: 'm' })).toEqual([
      'error MLOPS-CFG-001: line 1: a',
      '  line 2: b',
      '  mend:  m',
    ]);
  });

  it('escapes text that a repository or server put into it', () => {
    expect(renderError({ code: 'X', message: 'a\u001b[31m', where: 'b\rc', mend: 'd' })).toEqual([
      'error X: a<ESC>[31m',
      '  where: b<CR>c',
      '  mend:  d',
    ]);
  });
});

describe('errorDetails', () => {
  it('takes anything else for a defect of ours', () => {
    expect(errorDetails(new TypeError('x is undefined'))).toMatchObject({
      code: 'MLOPS-INT-001',
      message: 'x is undefined',
    });
    expect(errorDetails('text')).toMatchObject({ code: 'MLOPS-INT-001', message: 'text' });
  });
});
