import { describe, expect, it } from 'vitest';
import { sarif } from '../../../../../src/proofs/alerts/formats/sarif.js';
import { verdict } from '../verdictSample.js';

interface Log {
  version: string;
  runs: {
    tool: { driver: { name: string; semanticVersion: string; rules: { id: string }[] } };
    results: {
      ruleId: string;
      level: string;
      message: { text: string };
      locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[];
    }[];
  }[];
}

describe('sarif', () => {
  it('has an error a fault, a warning a finding an error a file that can not be used, and nothing for a proved rule, each at its file and line', () => {
    const log = sarif(
      [
        verdict(),
        verdict({ alert: 'Never', line: 9, verdict: 'never_fires', reason: 'A ratio is compared with 5.' }),
        verdict({
          file: 'rules/b c.yml',
          verdict: 'not_provable',
          reason: 'limitk',
          findings: [{ code: 'blind-when-absent', message: 'No rule covers it.' }],
        }),
      ],
      [{ file: 'broken.yml', reason: 'broken YAML at line 5' }],
      '0.1.0',
    ) as Log;
    expect(log.version).toBe('2.1.0');
    const [run] = log.runs;
    expect(run?.tool.driver).toMatchObject({ name: 'temporal-mlops prove alerts', semanticVersion: '0.1.0' });
    expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual([
      'blind-when-absent',
      'never_fires',
      'not_provable',
      'unusable',
    ]);
    expect(
      run?.results.map(({ ruleId, level, message, locations: [place] }) => [
        ruleId,
        level,
        message.text,
        place?.physicalLocation.artifactLocation.uri,
        place?.physicalLocation.region.startLine,
      ]),
    ).toEqual([
      ['never_fires', 'error', 'Never: A ratio is compared with 5.', 'rules/a.yml', 9],
      ['not_provable', 'warning', 'HighErrorRate: limitk', 'rules/b%20c.yml', 4],
      ['blind-when-absent', 'warning', 'HighErrorRate: No rule covers it.', 'rules/b%20c.yml', 4],
      ['unusable', 'error', 'broken YAML at line 5', 'broken.yml', 1],
    ]);
  });
});
