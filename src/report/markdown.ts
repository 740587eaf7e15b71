import { OUTCOME_SENTENCES } from '../contract/outcome.js';
import type { Probe, Validation } from '../contract/probe.js';
import type { QualityCheck, Report } from '../contract/report.js';
import type { Trigger } from '../contract/request.js';
import { LIFECYCLE_STAGES } from '../contract/stage.js';
import { fenced, inlineCode, inlineCodeCell, markdownText } from './escape.js';
import { liveOnlyChecks } from './liveOnly.js';

const QUALITY_QUESTIONS: Record<QualityCheck['name'], string> = {
  provenance: 'Provenance and reproducibility of the changed stages',
  'gate-criteria': 'Measurable quality and safety criteria in rollout gates',
  rollback: 'Explicit, executable rollback',
  monitoring: 'System health and model quality monitored',
  'environment-only': 'Environment-only checks called out',
};

/** How far each path's probes reach, so that nobody takes them for more than they are. */
const PATH_REACH: Record<Validation['path'], string> = {
  promotion:
    'What is tried is the gate that the policy declares, evaluated by temporal-mlops itself. Code of the repository is never run, so whether its CI asks this gate is not shown here.',
  rollback: 'Tried on a scratch copy; nothing was rolled back.',
  alerting: 'Tried with promtool and amtool on series made for the test; no alert was sent.',
};

/**
 * A report as Markdown, for the engineer who was woken and reads it on a phone, and for the auditor
 * who comes later: lists that wrap instead of wide tables, and the hashes of the evidence at the
 * end. All text from outside is escaped and made visible (`escape.ts`); nothing is cut.
 */
export function renderMarkdown(report: Report): string {
  const sections = [
    head(report),
    boundary(report),
    primaryRisk(report),
    change(report),
    validations(report),
    residual(report),
    qualityChecks(report),
    approval(report),
    undo(report),
    lifecycle(report),
    evidence(report),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function head(report: Report): string {
  const own = OUTCOME_SENTENCES[report.outcome];
  const { id, branch, repository } = report.target;
  return lines(
    `# ${report.outcome.replaceAll('_', ' ')}: ${markdownText(own)}`,
    '',
    ...(report.sentence === own ? [] : [markdownText(report.sentence), '']),
    `- Task: ${inlineCode(report.task)}`,
    `- Run: ${inlineCode(report.run)}`,
    `- Target: ${inlineCode(id)}, branch ${inlineCode(branch)} of ${inlineCode(repository)}`,
    `- Trigger: ${triggerText(report.trigger)}`,
    ...list('Reasons', report.reasons.map(markdownText)),
  );
}

function triggerText(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'incident': {
      const { incident } = trigger;
      const state = `${incident.severity}, ${incident.status} since ${inlineCode(incident.startsAt)}`;
      return `incident ${inlineCode(incident.title)} from ${inlineCode(incident.source)}, ${state}`;
    }
    case 'audit':
      return `audit finding ${inlineCode(trigger.finding)}`;
    case 'request':
      return `request ${inlineCode(trigger.text)}`;
  }
}

function boundary({ boundary: changed, outcome }: Report): string {
  if (changed.commit === undefined) {
    return lines(
      '## 1. What was changed',
      '',
      'Nothing.',
      ...(changed.base === undefined ? [] : ['', `Base commit: ${inlineCode(changed.base)}`]),
    );
  }
  return lines(
    '## 1. What was changed',
    '',
    ...(outcome === 'rolled_back' ? ['This was applied and undone again.', ''] : []),
    `- Stages: ${changed.stages.join(', ') || 'none'}`,
    `- Commit: ${inlineCode(changed.commit)}`,
    ...(changed.base === undefined ? [] : [`- Base: ${inlineCode(changed.base)}`]),
    ...changed.aliases.map((alias) => `- Registry alias ${inlineCode(alias)}`),
    '',
    table(
      ['File', 'Added', 'Removed'],
      changed.files.map((file) => [inlineCodeCell(file.path), String(file.added), String(file.removed)]),
    ),
  );
}

function primaryRisk({ primaryRisk: primary }: Report): string {
  if (primary === undefined)
    return lines('## 2. Primary operational risk', '', 'No risk that concerns this trigger was found.');
  const { risk, why } = primary;
  return lines(
    '## 2. Primary operational risk',
    '',
    `**${markdownText(risk.message)}** ${markdownText(risk.consequence)}`,
    '',
    `- Rule: ${inlineCode(risk.rule)} ${markdownText(risk.name)}, ${risk.severity} severity, ${risk.confidence}`,
    `- Risk: ${inlineCode(risk.id)}`,
    `- Where: ${inlineCode(`${risk.path}:${risk.line}`)}, ${inlineCode(risk.subject)}`,
    `- Why this one: ${markdownText(why)}`,
    ...(risk.evidence.length === 0
      ? []
      : ['', fenced(risk.evidence.map((line) => line.replace(/\n/g, ' ')).join('\n'))]),
  );
}

function change({ change: planned, boundary: changed }: Report): string {
  if (planned === undefined) return lines('## 3. Smallest safe change', '', 'None was proposed.');
  return lines(
    `## 3. Smallest safe change${changed.commit === undefined ? ' (proposed, not applied)' : ''}`,
    '',
    markdownText(planned.summary),
    '',
    `- Trade-off: ${markdownText(planned.tradeOff === '' ? 'none stated' : planned.tradeOff)}`,
    `- Plan digest: ${inlineCode(planned.plan)}`,
    '',
    ...(planned.hunks.length === 0 ? [] : ['Each hunk, and why it is needed:', '']),
    ...planned.hunks.map((hunk) => `- ${inlineCode(`${hunk.path}:${hunk.line}`)}: ${hunkReason(hunk)}`),
    '',
    fenced(planned.diff, 'diff'),
  );
}

/** A hunk's reason, with the ids of the risks that it closes where the reason doesn't name them itself. */
function hunkReason({ reason, closes }: NonNullable<Report['change']>['hunks'][number]): string {
  const unnamed = closes.filter((id) => !reason.includes(id));
  return [
    markdownText(reason),
    ...(unnamed.length === 0 ? [] : [`Closes ${unnamed.map(inlineCode).join(', ')}.`]),
  ].join(' ');
}

function validations(report: Report): string {
  if (report.validations.length === 0) return lines('## 4. Validations', '', 'None was performed.');
  const checks = liveOnlyChecks(report.validations);
  return lines(
    '## 4. Validations',
    '',
    'A *negative* probe shows that the check can fail: it passes when what is bad is refused.',
    ...report.validations.flatMap((validation) => ['', validationText(validation)]),
    '',
    '### Only the real environment can show',
    ...(checks.length === 0 ? ['', 'Nothing is listed.'] : []),
    ...checks.flatMap(({ id, check }) => [
      '',
      `${inlineCode(id)} ${markdownText(check.statement)}`,
      '',
      fenced(check.command, 'sh'),
    ]),
  );
}

function validationText(validation: Validation): string {
  const { path, verdict, reason, probes } = validation;
  const passed = probes.filter((probe) => probe.verdict === 'passed');
  const counted = probes.length === 0 ? '' : `, ${passed.length} of ${probes.length} probes passed`;
  return lines(
    `### ${path}: ${verdict.replaceAll('-', ' ')}${counted}`,
    '',
    PATH_REACH[path],
    ...(reason === '' ? [] : ['', markdownText(reason)]),
    ...(probes.length === 0 ? [] : ['', ...probes.map((probe, index) => `${index + 1}. ${probeText(probe)}`)]),
  );
}

function probeText(probe: Probe): string {
  const statement = `${probe.sign === 'negative' ? '*negative* ' : ''}${markdownText(probe.statement)}`;
  if (probe.verdict === 'passed') return `✓ ${statement} Observed: ${inlineCode(probe.observed)}`;
  const verdict = probe.verdict === 'failed' ? '✗ **failed**' : '– **not run**';
  return `${verdict} ${statement} Expected: ${inlineCode(probe.expected)} Observed: ${inlineCode(probe.observed)}`;
}

function residual(report: Report): string {
  return lines(
    '## 5. Residual risk and follow-ups',
    '',
    ...(report.residual.length === 0
      ? ['No residual risk is known.']
      : report.residual.map((text) => `- ${markdownText(text)}`)),
    '',
    report.followUps.length === 0
      ? 'No follow-up.'
      : lines(
          'Follow-ups, the most urgent first:',
          '',
          ...report.followUps.map(
            ({ priority, risk, message, path, line, why }) =>
              `${priority}. ${markdownText(message)} ${inlineCode(`${path}:${line}`)}, ${inlineCode(risk)}. ${markdownText(why)}`,
          ),
        ),
  );
}

function qualityChecks(report: Report): string {
  return lines(
    '## Quality checks',
    '',
    ...report.qualityChecks.map((check) => {
      const verdict = `**${check.verdict.replace('-', ' ')}**`;
      return `- ${QUALITY_QUESTIONS[check.name]}: ${verdict}. ${markdownText(check.statement)}`;
    }),
  );
}

function approval({ approval: given }: Report): string {
  if (given === undefined) return lines('## Approval', '', 'Nobody approved a change.');
  return lines(
    '## Approval',
    '',
    ...given.by.map(({ person, at, comment }) => {
      const said = comment.trim() === '' ? 'without a comment' : `saying: ${markdownText(comment)}`;
      return `- ${inlineCode(person)} approved at ${inlineCode(at)}, ${said}`;
    }),
    `- Plan digest approved: ${inlineCode(given.digest)}`,
    `- Identity: ${given.identity === 'signed' ? 'signed with a key of the policy' : '**self-declared**, nothing proves it'}`,
    `- Head of the record at quorum: ${inlineCode(given.recordHead)}`,
  );
}

function undo(report: Report): string {
  return report.undo === undefined ? '' : lines('## Undo', '', fenced(report.undo, 'sh'));
}

function lifecycle({ map }: Report): string {
  if (map === undefined) return '';
  return lines(
    '## Lifecycle map',
    '',
    'As it was at the base commit.',
    ...LIFECYCLE_STAGES.flatMap((stage) =>
      list(
        stage,
        map.components
          .filter((component) => component.stage === stage)
          .map(
            ({ kind, name, path, lines: { start } }) =>
              `${markdownText(kind)} ${inlineCode(name)} at ${inlineCode(`${path}:${start}`)}`,
          ),
      ),
    ),
    ...list(
      'Could not be read',
      map.unreadable.map(({ path, reason }) => `${inlineCode(path)}: ${markdownText(reason)}`),
    ),
  );
}

/** What each verdict rests on, for whoever checks it: content by its SHA-256 in the record. */
function evidence(report: Report): string {
  const probes = report.validations.flatMap(({ probes: all }) =>
    all.map((probe) => {
      const content = probe.evidence.map(({ name, sha256 }) => `${markdownText(name)} ${inlineCode(sha256)}`);
      return `- ${inlineCode(probe.id)} expected ${inlineCode(probe.expected)}; ${content.join(', ') || 'no content'}`;
    }),
  );
  const checks = report.qualityChecks
    .filter((check) => check.evidence.length > 0)
    .map((check) => `- ${QUALITY_QUESTIONS[check.name]}: ${check.evidence.map(inlineCode).join(', ')}`);
  if (probes.length + checks.length === 0) return '';
  return lines(
    '## Evidence',
    '',
    'The record holds the content by its SHA-256; `temporal-mlops verify` checks it offline.',
    ...(probes.length === 0 ? [] : ['', 'Probes, in the order of section 4:', '', ...probes]),
    ...(checks.length === 0 ? [] : ['', 'Quality checks:', '', ...checks]),
  );
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : ['', `${title}:`, '', ...items.map((item) => `- ${item}`)];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'None.';
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return lines(row(header), row(header.map(() => '---')), ...rows.map(row));
}

function lines(...content: readonly string[]): string {
  return content.join('\n');
}
