import type { Confidence, Risk } from '../../contract/risk.js';
import type { Severity } from '../../contract/severity.js';
import type { FileEdit, Snapshot } from '../../contract/snapshot.js';
import { hunksBetween, type LineHunk } from '../../planning/lineHunks.js';
import { RULES } from '../../risks/catalogue.js';
import type { Suppressed } from '../../risks/suppressions.js';
import { fileUri } from './fileUri.js';
import type { ScanFinding, ScanReport } from './scanReport.js';

const LEVELS: Record<Severity, 'error' | 'warning' | 'note'> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};
/** As code hosts name it (the property `precision` of a rule). */
const PRECISIONS: Record<Confidence, string> = { certain: 'very-high', likely: 'high', hint: 'medium' };

/**
 * A scan as SARIF 2.1.0 (OASIS standard), which code hosts show beside the lines, with mechanical fixes,
 * the baseline's state, and what is suppressed with its reason.
 *
 * @param snapshot the files that were scanned, for the places of fixes
 * @param version of this package
 */
export function sarif(report: ScanReport, snapshot: Snapshot, version: string): object {
  const rules = RULES.map((rule) => ({
    id: rule.id,
    name: rule.name,
    shortDescription: { text: rule.summary },
    fullDescription: { text: `${rule.summary} Reads ${rule.reads}.` },
    help: { text: `temporal-mlops explain ${rule.id}` },
    defaultConfiguration: { level: LEVELS[rule.severity] },
    properties: { tags: [...new Set<string>([rule.area, rule.stage])], precision: PRECISIONS[rule.confidence] },
  }));
  const state = (value: string) => (report.hasBaseline ? { baselineState: value } : {});
  const results = [
    ...report.findings.map((finding) => ({ ...resultOf(finding, snapshot), ...state('new') })),
    ...report.known.map((finding) => ({ ...resultOf(finding, snapshot), ...state('unchanged') })),
    ...report.suppressed.map((one) => ({ ...bareResult(one.risk), suppressions: [suppressionOf(one)] })),
  ];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'temporal-mlops scan', semanticVersion: version, rules } },
        columnKind: 'utf16CodeUnits',
        results,
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: report.unreadable.map(({ path, reason }) => ({
              level: 'note',
              message: { text: `not read, because: ${reason}` },
              locations: [{ physicalLocation: { artifactLocation: { uri: fileUri(path) } } }],
            })),
          },
        ],
      },
    ],
  };
}

function resultOf({ risk, fix }: ScanFinding, snapshot: Snapshot) {
  if ('unfixable' in fix) return bareResult(risk);
  const artifactChanges = fix.edits.map((edit) => changeOf(edit, snapshot));
  if (artifactChanges.some((change) => change === undefined)) return bareResult(risk);
  return { ...bareResult(risk), fixes: [{ description: { text: fix.reason }, artifactChanges }] };
}

function bareResult(risk: Risk) {
  return {
    ruleId: risk.rule,
    ruleIndex: RULES.findIndex(({ id }) => id === risk.rule),
    level: LEVELS[risk.severity],
    message: { text: `${risk.message} ${risk.consequence}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: fileUri(risk.path) },
          region: { startLine: Math.max(1, risk.line) },
        },
      },
    ],
    partialFingerprints: { 'mlopsRisk/v1': risk.id },
    properties: { severity: risk.severity, confidence: risk.confidence, stage: risk.stage, evidence: risk.evidence },
  };
}

function suppressionOf({ by, because }: Suppressed) {
  return { kind: by === 'comment' ? 'inSource' : 'external', status: 'accepted', justification: because };
}

function changeOf(edit: FileEdit, snapshot: Snapshot) {
  const before = snapshot.text(edit.path);
  const after = new TextDecoder('utf-8', { ignoreBOM: true }).decode(edit.content);
  const hunks = before === undefined ? undefined : hunksBetween(before, after);
  return hunks && { artifactLocation: { uri: fileUri(edit.path) }, replacements: hunks.map(replacementOf) };
}

/** Whole lines: from the start of the first to the start of the line after the last. */
function replacementOf({ oldStart, removed, added }: LineHunk) {
  const last = removed.at(-1);
  const open = last !== undefined && !last.endsWith('\n');
  const end = open
    ? { endLine: oldStart + removed.length, endColumn: last.length + 1 }
    : { endLine: oldStart + removed.length + 1, endColumn: 1 };
  return {
    deletedRegion: { startLine: oldStart + 1, startColumn: 1, ...end },
    insertedContent: { text: added.join('') },
  };
}
