import { OUTCOME_SENTENCES } from '../contract/outcome.js';
import type { Probe, Validation } from '../contract/probe.js';
import type { QualityCheck, Report } from '../contract/report.js';
import type { Trigger } from '../contract/request.js';
import { LIFECYCLE_STAGES } from '../contract/stage.js';
import { fenced, inlineCode, inlineCodeCell, markdownText } from './escape.js';
import { liveOnlyId } from './qualityChecks.js';

const QUALITY_QUESTIONS: Record<QualityCheck['name'], string> = {
  provenance: 'Provenance and reproducibility of the changed stages',
  'gate-criteria': 'Measurable quality and safety criteria in rollout gates',
  rollback: 'Explicit, executable rollback',
  monitoring: 'System health and model quality monitored',
  'environment-only': 'Environment-only checks called out',
};

/**
 * A report as Markdown, for the engineer who was woken and for the auditor who comes later. All
 * text from outside is escaped and made visible (`escape.ts`); nothing is cut.
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
    table(
      ['', ''],
      [
        ['Task', inlineCodeCell(report.task)],
        ['Run', inlineCodeCell(report.run)],
        ['Target', `${inlineCodeCell(id)}, branch ${inlineCodeCell(branch)} of ${inlineCodeCell(repository)}`],
        ['Trigger', triggerText(report.trigger)],
      ],
    ),
    ...list('Reasons', report.reasons.map(markdownText)),
  );
}

function triggerText(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'incident': {
      const { incident } = trigger;
      const state = `${incident.severity}, ${incident.status} since ${inlineCodeCell(incident.startsAt)}`;
      return `incident ${inlineCodeCell(incident.title)} from ${inlineCodeCell(incident.source)}, ${state}`;
    }
    case 'audit':
      return `audit finding ${inlineCodeCell(trigger.finding)}`;
    case 'request':
      return `request ${inlineCodeCell(trigger.text)}`;
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
    table(
      ['Hunk', 'Closes', 'Why it is needed'],
      planned.hunks.map((hunk) => [
        inlineCodeCell(`${hunk.path}:${hunk.line}`),
        hunk.closes.map(inlineCodeCell).join(', ') || '–',
        markdownText(hunk.reason),
      ]),
    ),
    '',
    fenced(planned.diff, 'diff'),
  );
}

function validations(report: Report): string {
  if (report.validations.length === 0) return lines('## 4. Validations', '', 'None was performed.');
  return lines('## 4. Validations', ...report.validations.flatMap((validation) => ['', validationText(validation)]));
}

function validationText(validation: Validation): string {
  const { path, verdict, reason, probes, liveOnly } = validation;
  return lines(
    `### ${path}: ${verdict.replaceAll('-', ' ')}`,
    ...(reason === '' ? [] : ['', markdownText(reason)]),
    ...(probes.length === 0
      ? []
      : ['', table(['Probe', 'Sign', 'Shows', 'Expected', 'Observed', 'Verdict', 'Evidence'], probes.map(probeRow))]),
    ...(liveOnly.length === 0 ? [] : ['', 'Only the real environment can show:']),
    ...liveOnly.flatMap((check, index) => [
      '',
      `${inlineCode(liveOnlyId(path, index))} ${markdownText(check.statement)}`,
      '',
      fenced(check.command, 'sh'),
    ]),
  );
}

function probeRow(probe: Probe): string[] {
  return [
    inlineCodeCell(probe.id),
    probe.sign,
    markdownText(probe.statement),
    inlineCodeCell(probe.expected),
    inlineCodeCell(probe.observed),
    probe.verdict === 'passed' ? 'passed' : `**${probe.verdict.replace('-', ' ')}**`,
    probe.evidence.map((evidence) => `${markdownText(evidence.name)} ${inlineCodeCell(evidence.sha256)}`).join(', ') ||
      '–',
  ];
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
      : table(
          ['Priority', 'Risk', 'What', 'Where', 'Why'],
          report.followUps.map((followUp) => [
            String(followUp.priority),
            inlineCodeCell(followUp.risk),
            markdownText(followUp.message),
            inlineCodeCell(`${followUp.path}:${followUp.line}`),
            markdownText(followUp.why),
          ]),
        ),
  );
}

function qualityChecks(report: Report): string {
  return lines(
    '## Quality checks',
    '',
    table(
      ['Check', 'Verdict', 'Because', 'Evidence'],
      report.qualityChecks.map((check) => [
        QUALITY_QUESTIONS[check.name],
        check.verdict === 'met' ? 'met' : `**${check.verdict.replace('-', ' ')}**`,
        markdownText(check.statement),
        check.evidence.map(inlineCodeCell).join(', ') || '–',
      ]),
    ),
  );
}

function approval({ approval: given }: Report): string {
  if (given === undefined) return lines('## Approval', '', 'Nobody approved a change.');
  return lines(
    '## Approval',
    '',
    table(
      ['Who', 'When', 'Comment'],
      given.by.map(({ person, at, comment }) => [
        inlineCodeCell(person),
        inlineCodeCell(at),
        markdownText(comment) || '–',
      ]),
    ),
    '',
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
    table(
      ['Stage', 'Component', 'Where'],
      LIFECYCLE_STAGES.flatMap((stage) =>
        map.components
          .filter((component) => component.stage === stage)
          .map((component) => [
            stage,
            `${markdownText(component.kind)} ${inlineCodeCell(component.name)}`,
            inlineCodeCell(`${component.path}:${component.lines.start}`),
          ]),
      ),
    ),
    ...list(
      'Could not be read',
      map.unreadable.map(({ path, reason }) => `${inlineCode(path)}: ${markdownText(reason)}`),
    ),
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
