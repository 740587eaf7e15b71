import { SEVERITIES } from '../../contract/severity.js';
import type { Snapshot } from '../../contract/snapshot.js';
import { unifiedDiff } from '../../planning/unifiedDiff.js';
import type { ScanFinding, ScanReport } from './scanReport.js';

/** The answer of `scan --json`. */
export function scanAnswer(report: ScanReport, snapshot: Snapshot): object {
  const { findings, known, suppressed } = report;
  const count = (severity: string) => findings.filter(({ risk }) => risk.severity === severity).length;
  return {
    repository: report.repository,
    commit: report.commit,
    summary: {
      findings: findings.length,
      bySeverity: Object.fromEntries([...SEVERITIES].reverse().map((severity) => [severity, count(severity)])),
      fixable: findings.filter(({ fix }) => !('unfixable' in fix)).length,
      known: known.length,
      suppressed: suppressed.length,
      hidden: report.hidden,
      goneFromBaseline: report.gone,
    },
    findings: findings.map((finding) => findingAnswer(finding, snapshot)),
    known: known.map((finding) => findingAnswer(finding, snapshot)),
    suppressed: suppressed.map(({ risk, because, by }) => {
      const { id, ...rest } = risk;
      return { fingerprint: id, ...rest, suppressed: { by, because } };
    }),
    notes: report.notes,
    unreadable: report.unreadable,
  };
}

function findingAnswer({ risk, fix }: ScanFinding, snapshot: Snapshot): object {
  const { id, fixable: _fixable, unfixableBecause: _because, ...rest } = risk;
  if ('unfixable' in fix) return { fingerprint: id, ...rest, fix: null, unfixableBecause: fix.unfixable };
  const diff = fix.edits
    .map(({ path, content }) =>
      unifiedDiff(path, snapshot.text(path) ?? '', new TextDecoder('utf-8', { ignoreBOM: true }).decode(content)),
    )
    .join('');
  return { fingerprint: id, ...rest, fix: { reason: fix.reason, tradeOff: fix.tradeOff, diff } };
}
