import type { LiveOnlyCheck, Probe, Validation } from '../../contract/probe.js';
import { heading, paragraph, verbatim } from './layout.js';
import { signs, type Terminal } from './terminal.js';

export interface RenderValidationsOptions {
  /** Counts the probes that passed instead of listing them; the others are shown all the same. */
  brief?: boolean;
}

/** Each path with its probes one by one: `+` must pass, `-` must be refused. */
export function renderValidations(
  title: string,
  validations: readonly Validation[],
  terminal: Terminal,
  options: RenderValidationsOptions = {},
): string[] {
  const { style } = terminal;
  const lines = heading(title, options.brief === true ? '' : '+ must pass, - must be refused', terminal);
  for (const validation of validations) {
    const colour = { proved: style.green, 'not-proved': style.red, 'not-applicable': style.dim }[validation.verdict];
    const words = { proved: 'proved', 'not-proved': 'not proved', 'not-applicable': 'not applicable' }[
      validation.verdict
    ];
    lines.push(`${style.bold(validation.path.padEnd(9))} ${colour(words)}`);
    if (validation.reason !== '')
      lines.push(...paragraph(validation.reason, terminal, { indent: 2, style: style.dim }));
    if (options.brief === true) lines.push(...countPassed(validation.probes, terminal));
    const shown =
      options.brief === true ? validation.probes.filter((probe) => probe.verdict !== 'passed') : validation.probes;
    lines.push(
      ...shown.filter((probe) => probe.verdict !== 'not-run').flatMap((probe) => renderProbe(probe, terminal)),
      ...renderNotRun(
        shown.filter((probe) => probe.verdict === 'not-run'),
        terminal,
      ),
    );
    // Two alerts may need the very same check.
    const checks = new Map(validation.liveOnly.map((check) => [`${check.statement}\n${check.command}`, check]));
    lines.push(...[...checks.values()].flatMap((check) => renderLiveOnly(check, terminal)));
  }
  return lines;
}

function countPassed(probes: readonly Probe[], terminal: Terminal): string[] {
  const passed = probes.filter((probe) => probe.verdict === 'passed');
  if (passed.length === 0) return [];
  const negative = passed.filter((probe) => probe.sign === 'negative').length;
  const text = `${passed.length} of ${probes.length} probes passed, ${negative} of them by being refused`;
  return paragraph(text, terminal, { first: `  ${signs(terminal).done} `, style: terminal.style.green });
}

function renderProbe(probe: Probe, terminal: Terminal): string[] {
  const { style } = terminal;
  const sign = signs(terminal);
  const verdict = {
    passed: style.green(sign.done),
    failed: style.red(sign.failed),
    'not-run': style.yellow(sign.skipped),
  }[probe.verdict];
  const kind = probe.sign === 'positive' ? '+' : '-';
  // The sign's own colour codes take no columns, so the hanging indent is counted without them.
  const [first, ...rest] = paragraph(probe.statement, terminal, { indent: 6 });
  const head = `  ${verdict} ${kind} ${(first as string).trimStart()}`;
  if (probe.verdict === 'passed') return [head, ...rest];
  return [
    head,
    ...rest,
    ...paragraph(`expected: ${probe.expected}`, terminal, { indent: 6, style: style.dim }),
    ...paragraph(`observed: ${probe.observed}`, terminal, {
      indent: 6,
      style: probe.verdict === 'failed' ? style.red : style.yellow,
    }),
  ];
}

/** Probes that were not run, below the reason that they share: a missing program keeps many from running. */
function renderNotRun(probes: readonly Probe[], terminal: Terminal): string[] {
  const { style } = terminal;
  const byReason = new Map<string, Probe[]>();
  for (const probe of probes) byReason.set(probe.observed, [...(byReason.get(probe.observed) ?? []), probe]);
  return [...byReason].flatMap(([reason, same]) => [
    ...paragraph(`${same.length} probe${same.length === 1 ? '' : 's'} ${reason}`, terminal, {
      first: `  ${signs(terminal).skipped} `,
      style: style.yellow,
    }),
    ...same.flatMap((probe) =>
      paragraph(probe.statement, terminal, {
        indent: 4,
        first: probe.sign === 'positive' ? '+ ' : '- ',
        style: style.dim,
      }),
    ),
  ]);
}

function renderLiveOnly(check: LiveOnlyCheck, terminal: Terminal): string[] {
  const { style } = terminal;
  return [
    ...paragraph(`only in the real environment: ${check.statement}`, terminal, {
      first: `  ${signs(terminal).waiting} `,
      style: style.yellow,
    }),
    verbatim(check.command, terminal, { indent: 6, style: style.dim }),
  ];
}
