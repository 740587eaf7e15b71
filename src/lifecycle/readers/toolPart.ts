import type { PartCommand, Place, ToolPart } from '../facts.js';
import { excerpt } from '../sourceText.js';

/** Commands of one part, and characters of one, that are kept. */
const MAX_COMMANDS = 200;
const MAX_COMMAND = 20_000;
const MAX_LABELS = 200;

/** What a reader knows of a part; lists that it leaves out are empty. */
export type PartFields = Pick<ToolPart, 'path' | 'kind' | 'name' | 'evidence'> &
  Partial<Pick<ToolPart, 'stage' | 'model' | 'commands' | 'labels' | 'images' | 'uses'>>;

/** A part at a place, its lists filled in and cut at their bounds. */
export function toolPart(place: Place, fields: PartFields): ToolPart {
  const { path, kind, name, evidence, stage, model, commands = [], labels = [], images = [], uses = [] } = fields;
  return {
    path,
    kind,
    name: excerpt(name, 120),
    evidence: excerpt(evidence),
    ...(stage === undefined ? {} : { stage }),
    ...(model === undefined ? {} : { model }),
    commands: commands.slice(0, MAX_COMMANDS).map((command) => cut(command)),
    labels: labels.slice(0, MAX_LABELS),
    images: images.slice(0, MAX_LABELS),
    uses: uses.slice(0, MAX_LABELS),
    line: place.line,
    endLine: place.endLine,
    range: place.range,
  };
}

function cut(command: PartCommand): PartCommand {
  return command.text.length <= MAX_COMMAND ? command : { ...command, text: command.text.slice(0, MAX_COMMAND) };
}
