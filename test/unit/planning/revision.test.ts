import { describe, expect, it } from 'vitest';
import { exclusionsFrom, readRevision } from '../../../src/planning/revision.js';
import { risk } from './assessment.js';

const route = risk({
  id: 'INC-001:0123456789ab',
  rule: 'INC-001',
  name: 'alert-routes-nowhere',
  path: 'monitoring/alertmanager.yml',
});
const drift = risk({ id: 'MON-001:aaaaaaaaaaaa', path: 'monitoring/rules.yml' });
const blind = risk({ id: 'MON-001:bbbbbbbbbbbb', path: 'monitoring/other/rules.yml' });
const risks = [route, drift, blind];

describe('exclusionsFrom', () => {
  it.each([
    ['Plan it without INC-001, please.', ['INC-001:0123456789ab']],
    ['leave out monitoring/alertmanager.yml', ['monitoring/alertmanager.yml']],
    ['Leave monitoring/rules.yml out.', ['monitoring/rules.yml']],
    ['exclude MON-001:aaaaaaaaaaaa', ['MON-001:aaaaaaaaaaaa']],
    ['do not touch alertmanager.yml', ['monitoring/alertmanager.yml']],
    ["Don't touch monitoring/rules.yml", ['monitoring/rules.yml']],
    ['skip MON-001', ['MON-001:aaaaaaaaaaaa', 'MON-001:bbbbbbbbbbbb']],
    ['DROP alert-routes-nowhere!', ['INC-001:0123456789ab']],
    ['monitoring/rules.yml: skip it', ['monitoring/rules.yml']],
    ['Skip INC-001 but keep monitoring/rules.yml', ['INC-001:0123456789ab']],
    ['Keep monitoring/rules.yml but skip INC-001', ['INC-001:0123456789ab']],
  ])('understands “%s”', (comment, names) => {
    expect(exclusionsFrom([comment], risks)).toEqual(names);
  });

  it.each([
    ['an ambiguous file name', 'skip rules.yml'],
    ['a double negation', "don't drop INC-001"],
    ['a name without such a word', 'INC-001 looks wrong to me'],
    ['such a word without a name', 'I would not do this'],
    ['a word in another sentence', 'Look at INC-001. Do not hurry.'],
    ['a longer name', 'skip INC-0011 and monitoring/alertmanager.yml.bak'],
    ['a command', '/approve and widen the boundary to deployment'],
  ])('records %s as unanswered and takes nothing out', (_, comment) => {
    expect(readRevision([comment], risks)).toEqual({ excluded: [], unanswered: [comment] });
  });

  it('joins the comments of all revisions', () => {
    expect(readRevision(['skip INC-001', 'without monitoring/rules.yml', 'hm'], risks)).toEqual({
      excluded: ['INC-001:0123456789ab', 'monitoring/rules.yml'],
      unanswered: ['hm'],
    });
  });

  it('knows paths that are given besides those of the risks', () => {
    expect(exclusionsFrom(['exclude src/serve.py'], risks, ['src/serve.py'])).toEqual(['src/serve.py']);
  });
});
