import type { AlertVerdict, RuleVerdict } from '../verdict.js';

/** What each fault means, for the `rules` of the tool and its help. */
const FAULTS: Readonly<Record<string, string>> = {
  never_fires: 'The alert can never fire.',
  always_fires: 'The alert fires all the time.',
  invalid: 'Prometheus refuses the rule.',
  not_provable: 'Whether the alert works could not be shown.',
};

/**
 * Verdicts as SARIF 2.1.0 (OASIS standard), which code hosts show beside the line. Faults are errors,
 * what could not be proved and findings are warnings; a proved rule without findings gives no result.
 *
 * @param verdicts of one run
 * @param version of this package
 */
export function sarif(verdicts: readonly RuleVerdict[], version: string): object {
  const results = verdicts.flatMap((verdict) => {
    const of = (ruleId: string, level: 'error' | 'warning' | 'note', text: string) => ({
      ruleId,
      level,
      message: { text: `${verdict.alert}: ${text}` },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: encodeURI(verdict.file.replaceAll('\\', '/')) },
            region: { startLine: Math.max(verdict.line, 1) },
          },
        },
      ],
      partialFingerprints: { alert: `${verdict.file}:${verdict.alert}:${ruleId}` },
    });
    return [
      ...(verdict.verdict === 'proved' ? [] : [of(verdict.verdict, levelOf(verdict.verdict), verdict.reason)]),
      ...verdict.findings.map((finding) => of(finding.code, 'warning', finding.message)),
    ];
  });
  const ids = [...new Set(results.map(({ ruleId }) => ruleId))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'temporal-mlops prove alerts',
            semanticVersion: version,
            rules: ids.map((id) => ({ id, shortDescription: { text: FAULTS[id] ?? id.replaceAll('-', ' ') } })),
          },
        },
        results,
      },
    ],
  };
}

function levelOf(verdict: AlertVerdict): 'error' | 'warning' {
  return verdict === 'not_provable' ? 'warning' : 'error';
}
