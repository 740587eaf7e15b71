import type { EncodedPath } from '../../contract/encodedPath.js';
import { servesByCommand } from '../commandSigns.js';
import type { ToolPart } from '../facts.js';
import { LineTable } from '../sourceText.js';
import type { YamlNode } from '../yamlDocument.js';
import { toolPart } from './toolPart.js';

const MAX_PROCESSES = 100;

/** Reads a `Procfile` (Heroku and its kin): the processes that start a server. */
export function readProcfile(path: EncodedPath, text: string): ToolPart[] {
  const lines = new LineTable(text);
  return [...text.matchAll(/^\uFEFF?([A-Za-z0-9_-]{1,60}):[ \t]*(\S[^\r\n]*)/gm)]
    .slice(0, MAX_PROCESSES)
    .filter((match) => servesByCommand(match[2] as string))
    .map((match) => {
      const [whole, name, command] = match as unknown as [string, string, string];
      const place = lines.place(match.index, match.index + whole.length);
      return toolPart(place, {
        path,
        kind: 'Procfile process',
        name,
        evidence: whole,
        stage: 'deployment',
        commands: [{ text: command, line: place.line, folder: '' }],
      });
    });
}

/** Reads `app.yaml` of App Engine: a runtime, and how it is started. */
export function readAppEngine(path: EncodedPath, document: YamlNode): ToolPart[] {
  const runtime = document.pair('runtime');
  if (!runtime?.value?.text || document.get('apiVersion')) return [];
  const start = document.get('entrypoint')?.scalar;
  return [
    toolPart(runtime.place, {
      path,
      kind: 'App Engine service',
      name: document.get('service')?.text ?? 'default',
      evidence: `runtime: ${runtime.value.text}`,
      stage: 'deployment',
      commands: start ? [{ text: start.value, line: start.line, folder: '' }] : [],
    }),
  ];
}

/** Reads the functions of a `serverless.yml` (Serverless Framework). */
export function readServerless(path: EncodedPath, document: YamlNode): ToolPart[] {
  if (!document.get('provider')) return [];
  const service = document.get('service')?.text ?? '';
  return (document.get('functions')?.pairs() ?? []).map(({ key, place, value }) =>
    toolPart(place, {
      path,
      kind: 'Serverless function',
      name: key,
      evidence: `handler: ${value?.get('handler')?.text ?? value?.get('image')?.text ?? 'not told'}`,
      stage: 'deployment',
      labels: [key, service],
    }),
  );
}
