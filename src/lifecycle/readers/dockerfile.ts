import type { EncodedPath } from '../../contract/encodedPath.js';
import type { Dockerfile, DockerInstruction } from '../facts.js';
import { LineTable } from '../sourceText.js';
import { splitImage } from './containerImage.js';

/** Lines of a Dockerfile that are read. */
const MAX_LINES = 5000;

/** Reads a Dockerfile's instructions and build stages (Dockerfile reference: continuation, comments, here-documents). */
export function readDockerfile(path: EncodedPath, text: string): Dockerfile {
  const lines = new LineTable(text);
  const file: Dockerfile = { path, stages: [], instructions: [], copies: [], hasHealthcheck: false, exposes: [] };
  const continuation = /^#\s*escape\s*=\s*`/im.test(text.slice(0, 500)) ? '`' : '\\';
  let number = 1;
  while (number <= Math.min(lines.lineCount, MAX_LINES)) {
    const first = number;
    const start = lines.startOf(first);
    const parts: string[] = [];
    let continued = false;
    do {
      const line = text.slice(lines.startOf(number), lines.startOf(number + 1)).replace(/\r?\n$/, '');
      number += 1;
      // Comments between continued lines are dropped, and don't end the instruction.
      if (/^\s*#/.test(line) && (continued || parts.length === 0)) {
        if (parts.length === 0) break;
        continue;
      }
      continued = line.trimEnd().endsWith(continuation);
      const content = continued ? line.trimEnd().slice(0, -1) : line;
      parts.push(content.trim());
    } while (continued && number <= lines.lineCount);
    const joined = parts.join(' ').trim();
    const match = /^([A-Za-z]+)\s+([\s\S]*)$/.exec(joined);
    if (!match) continue;
    const heredoc = /<<-?\s*["']?(\w+)["']?/.exec(joined);
    if (heredoc && /^(RUN|COPY|ADD)$/i.test(match[1] as string)) {
      const body: string[] = [];
      while (number <= lines.lineCount) {
        const line = text.slice(lines.startOf(number), lines.startOf(number + 1)).trim();
        number += 1;
        if (line === heredoc[1]) break;
        body.push(line);
      }
      match[2] = `${match[2]} ${body.join(' ; ')}`;
    }
    const end = lines.startOf(number);
    instruction(file, lines, match[1] as string, match[2] as string, start, end);
  }
  return file;
}

function instruction(
  file: Dockerfile,
  lines: LineTable,
  word: string,
  value: string,
  start: number,
  end: number,
): void {
  const keyword = word.toUpperCase();
  const place = lines.place(start, end);
  if (keyword === 'FROM') from(file, lines, value, start, end);
  const entry: DockerInstruction = { keyword, value, stage: file.stages.length - 1, ...place };
  const exec = execForm(value);
  if (exec) entry.exec = exec;
  file.instructions.push(entry);
  if (keyword === 'HEALTHCHECK' && !/^NONE\b/i.test(value)) file.hasHealthcheck = true;
  if (keyword === 'EXPOSE') file.exposes.push(...value.split(/\s+/));
  if (keyword === 'COPY' || keyword === 'ADD') {
    const fromStage = /--from=(\S+)/.exec(value)?.[1];
    const words = exec ?? value.split(/\s+/).filter((part) => part !== '' && !part.startsWith('--'));
    const destination = words.at(-1);
    for (const source of words.slice(0, -1)) {
      file.copies.push({
        source,
        destination: destination as string,
        ...(fromStage === undefined ? {} : { from: fromStage }),
        line: place.line,
      });
    }
  }
}

function from(file: Dockerfile, lines: LineTable, value: string, start: number, end: number): void {
  const words = value.split(/\s+/).filter((word) => !word.startsWith('--'));
  const image = words[0] ?? '';
  const name = words[1]?.toUpperCase() === 'AS' ? words[2] : undefined;
  const keywordEnd = start + (/^\s*from\s+/i.exec(lines.text.slice(start, end))?.[0].length ?? 0);
  const imageAt = lines.text.indexOf(image, keywordEnd);
  file.stages.push({
    ...(name === undefined ? {} : { name }),
    image,
    imageRange: { start: imageAt, end: imageAt + image.length },
    ...splitImage(image),
    internal: image === 'scratch' || file.stages.some((stage) => stage.name !== undefined && stage.name === image),
    templated: image.includes('$') || image.includes('{{'),
    ...lines.place(start, end),
  });
}

function execForm(value: string): string[] | undefined {
  const start = value.replace(/^(--\S+\s+)+/, '');
  if (!start.startsWith('[')) return undefined;
  try {
    const parsed: unknown = JSON.parse(start);
    return Array.isArray(parsed) && parsed.every((word) => typeof word === 'string') ? parsed : undefined;
  } catch {
    return undefined;
  }
}
