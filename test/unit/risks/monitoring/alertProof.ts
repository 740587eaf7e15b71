import { findTool } from '../../../../src/monitoring/tool.js';
import { proveAlerting } from '../../../../src/proofs/alerts/alertingPath.js';
import { summarise } from '../../../../src/proofs/summarise.js';

/** What the rehearsal shows of a fixed rule: the path's verdict, and `before: …; now: …`. */
export async function shownOf(
  alert: string,
  before: string,
  after: string,
): Promise<{ verdict: string; shown: string }> {
  const result = await proveAlerting({
    rulesText: after,
    rulesPath: 'rules.yml',
    alerts: [alert],
    touched: [alert],
    before: { rulesText: before },
    tools: { promtool: await findTool('promtool') },
    scrapeInterval: 30,
    now: 0,
  });
  const shown = result.probes.map(({ observed }) => observed).find((observed) => observed.startsWith('before: '));
  return { verdict: summarise(result).verdict, shown: shown ?? '' };
}

/** A rule file with one alert. */
export function oneRule(alert: string, expr: string, more: string[] = ['for: 5m']): string {
  const lines = ['groups:', '  - name: model', '    rules:', `      - alert: ${alert}`, `        expr: ${expr}`];
  return [...lines, ...more.map((line) => `        ${line}`), ''].join('\n');
}
