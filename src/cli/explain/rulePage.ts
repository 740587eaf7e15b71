/** The page of a rule, cut at its headings. */
export interface RulePage {
  sections: { title: string; lines: string[] }[];
}

/** Reads a page below `docs/risks/`: its second-level headings, each with the lines below it. */
export function readRulePage(text: string): RulePage {
  const sections: RulePage['sections'] = [];
  let fenced = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) fenced = !fenced;
    const title = fenced ? undefined : /^## (.+)$/.exec(line)?.[1];
    if (title !== undefined) sections.push({ title, lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  return { sections: sections.map(({ title, lines }) => ({ title, lines: trimmed(lines) })) };
}

function trimmed(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line.trim() !== '');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return first < 0 ? [] : lines.slice(first, last + 1);
}
