import type { Command } from 'commander';
import { type Diagnosis, diagnose } from '../../worker/doctor.js';
import { connectionSettings } from '../connection.js';
import { paragraph, paragraphs, verbatim } from '../render/layout.js';
import { signs, type Terminal } from '../render/terminal.js';
import { runs, type Shell } from '../shell.js';

/** `doctor`: whether everything that a worker needs is there. */
export function addDoctor(program: Command, shell: Shell): void {
  const command = program
    .command('doctor')
    .description('Check Temporal, repositories, tools, keys and storage, and say how to mend what is wrong')
    .addHelpText('after', '\nExits with 1 when something is wrong.\n');
  runs<[], object>(command, shell, async (context) => {
    const config = await context.config();
    const { options, namespace, address } = await connectionSettings(
      { address: context.options.address, namespace: context.options.namespace },
      config,
    );
    const found = await diagnose(config, { connection: options, namespace, address });
    context.print(renderDiagnoses(found, context.terminal));
    context.answer(found);
    context.exitCode = found.every((diagnosis) => diagnosis.ok) ? 0 : 1;
  });
}

/** One line a check; what is wrong with how to mend it. */
export function renderDiagnoses(found: readonly Diagnosis[], terminal: Terminal): string[] {
  const { style } = terminal;
  const sign = signs(terminal);
  return found.flatMap(({ name, ok, detail, mend, command }) => {
    const [first, ...rest] = paragraphs(`${name}: ${detail}`, terminal, { indent: 2 });
    const head = `${ok ? style.green(sign.done) : style.red(sign.failed)} ${(first as string).trimStart()}`;
    return [
      head,
      ...rest,
      ...(ok || mend === undefined
        ? []
        : paragraph(mend, terminal, { first: `  ${sign.arrow} `, style: style.yellow })),
      ...(ok || command === undefined ? [] : [verbatim(command, terminal, { indent: 4, style: style.yellow })]),
    ];
  });
}
