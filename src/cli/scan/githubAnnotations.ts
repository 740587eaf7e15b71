import type { Severity } from '../../contract/severity.js';
import type { ScanReport } from './scanReport.js';

const COMMANDS: Record<Severity, 'error' | 'warning' | 'notice'> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'notice',
};

/** Workflow commands by which GitHub Actions shows findings beside the lines of a pull request. */
export function githubAnnotations({ findings, notes }: ScanReport): string[] {
  return [
    ...findings.map(({ risk, fix }) => {
      const mend = 'unfixable' in fix ? '' : ` Fix: ${fix.reason}`;
      const title = `${risk.rule} ${risk.name}`;
      return command(
        COMMANDS[risk.severity],
        risk.path,
        risk.line,
        title,
        `${risk.message} ${risk.consequence}${mend}`,
      );
    }),
    ...notes.map(({ path, line, text }) => command('warning', path, line, 'mlops: ignore', text)),
  ];
}

function command(kind: string, path: string, line: number, title: string, message: string): string {
  return `::${kind} file=${property(path)},line=${line},title=${property(title)}::${data(message)}`;
}

/** As the runner reads it back: `%`, carriage return and line feed, in properties also `:` and `,`. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
