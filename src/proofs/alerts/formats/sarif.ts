import type { UnusableFile } from '../prove/readRuleFiles.js';
import type { AlertVerdict, RuleVerdict } from '../verdict.js';

/** What each fault means, for the `rules` of the tool and its help. */
const FAULTS: Readonly<Record<string, string>> = {
  never_fires: 'The alert can never fire.',
  always_fires: 'The alert fires all the time.',
  invalid: 'Prometheus refuses the rule.',
  not_provable: 'Whether the alert works could not be shown.',
  unusable: 'The file holds rules that can not be read.',
};

/**
 * Verdicts as SARIF 2.1.0 (OASIS standard), which code hosts show beside the line. Faults are errors,
 * what could not be proved and findings are warnings; a proved rule without findings gives no result.
 *
 * @param verdicts of one run
 * @param unusable files that could not be used, an error each
 * @param version of this package
 */
export function sarif(verdicts: readonly RuleVerdict[], unusable: readonly UnusableFile[], version: string): object {
  const ofRules = verdicts.flatMap((verdict) => {
    const of = (ruleId: string, level: 'error' | 'warning' | 'note', text: string) => ({
      ruleId,
      level,
      message: { text: `${verdict.alert}: ${text}` },
      locations: [locationOf(verdict.file, verdict.line)],
      partialFingerprints: { alert: `${verdict.file}:${verdict.alert}:${ruleId}` },
    });
    return [
      ...(verdict.verdict === 'proved' ? [] : [of(verdict.verdict, levelOf(verdict.verdict), verdict.reason)]),
      ...verdict.findings.map((finding) => of(finding.code, 'warning', finding.message)),
    ];
  });
  const ofFiles = unusable.map(({ file, reason }) => ({
    ruleId: 'unusable',
    level: 'error' as const,
    message: { text: reason },
    locations: [locationOf(file, 1)],
    partialFingerprints: { alert: `${file}::unusable` },
  }));
  const results = [...ofRules, ...ofFiles];
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

function locationOf(file: string, line: number): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: encodeURI(file.replaceAll('\\', '/')) },
      region: { startLine: Math.max(line, 1) },
    },
  };
}

function levelOf(verdict: AlertVerdict): 'error' | 'warning' {
  return verdict === 'not_provable' ? 'warning' : 'error';
}
