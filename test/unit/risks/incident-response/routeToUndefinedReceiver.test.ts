import { describe, expect, it } from 'vitest';
import { findTool } from '../../../../src/monitoring/tool.js';
import { proveAlerting } from '../../../../src/proofs/alerts/alertingPath.js';
import { itWithPromTools } from '../../../support/promTools.js';
import { oneRule } from '../monitoring/alertProof.js';
import { changedLines, findings, fixed } from '../ruleTrial.js';

const config = (receiver: string, names = ['ml-oncall', 'chat']) =>
  [
    'route:',
    '  receiver: chat',
    '  routes:',
    `    - receiver: ${receiver}`,
    `      matchers: ['severity="critical"']`,
    'receivers:',
    ...names.flatMap((name) => [`  - name: ${name}`, '    webhook_configs: [{url: "http://hook.example/"}]']),
    '',
  ].join('\n');

const of = (text: string) => findings('INC-008', { 'alertmanager.yml': text });

describe('INC-008', () => {
  it.each(['ml-oncal', 'ml-onclal', 'ML_OnCall', 'ml-oncalll'])(
    'mends %s, which only one receiver can mean',
    (written) => {
      const text = config(written);
      expect(of(text)).toMatchObject([{ severity: 'critical', line: 4, subject: written, fixable: true }]);
      expect(changedLines(text, fixed('INC-008', { 'alertmanager.yml': text }))).toEqual([
        `-    - receiver: ${written}`,
        '+    - receiver: ml-oncall',
      ]);
    },
  );

  itWithPromTools('is proved by amtool, which refuses the configuration as it was', async () => {
    const before = config('ml-oncal');
    const result = await proveAlerting({
      rulesText: oneRule('AucLow', 'live_auc < 0.85', ['labels: {severity: critical}']),
      rulesPath: 'rules.yml',
      alerts: ['AucLow'],
      alertmanager: { path: 'alertmanager.yml', text: fixed('INC-008', { 'alertmanager.yml': before }), before },
      tools: { promtool: await findTool('promtool'), amtool: await findTool('amtool') },
      now: 1_767_225_600,
    });
    const routes = result.probes.filter(({ id }) => /routes-to|unfixed-routing/.test(id));
    expect(routes).toMatchObject([
      { verdict: 'passed', observed: expect.stringContaining('Goes to ml-oncall') },
      { verdict: 'passed', observed: expect.stringContaining('ml-oncal') },
    ]);
  });

  it.each([
    ['none is called alike', config('pager')],
    ['two are', config('ml-oncall-x', ['ml-oncall-a', 'ml-oncall-b'])],
    ['only a number differs', config('oncall-3', ['oncall-1', 'chat'])],
    ['a short name differs in two letters', config('chit2', ['chats', 'other'])],
  ])('finds, but leaves to a person, where %s', (_, text) => {
    expect(of(text).filter(({ line }) => line === 4)).toMatchObject([{ fixable: false }]);
  });

  it('is silent about defined receivers and templates', () => {
    expect(of(config('ml-oncall'))).toEqual([]);
    expect(of(config('"{{ .Values.receiver }}"'))).toEqual([]);
  });
});
