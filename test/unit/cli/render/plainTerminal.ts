import pc from 'picocolors';
import type { Terminal } from '../../../../src/cli/render/terminal.js';

/** A terminal without colours, so that lines can be compared as they look. */
export function plainTerminal(
  width: number,
  options: { unicode?: boolean; colour?: boolean; interactive?: boolean } = {},
): Terminal {
  return {
    width,
    unicode: options.unicode ?? true,
    style: pc.createColors(options.colour ?? false),
    interactive: options.interactive ?? false,
  };
}
