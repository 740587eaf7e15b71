import type { ProbeResult } from '../../contract/probe.js';

export type Evidence = ProbeResult['evidence'][number];

const LIMITS = { id: 300, statement: 500, expected: 1000, observed: 2000, evidenceName: 200 } as const;

/** A probe of the alerting path, with texts cut to what the contract allows. */
export function alertProbe(
  sign: ProbeResult['sign'],
  what: string,
  subject: string,
  texts: Pick<ProbeResult, 'statement' | 'expected' | 'observed' | 'verdict'>,
  evidence: readonly Evidence[] = [],
): ProbeResult {
  return {
    id: cut(`alerting/${what}/${subject}`, LIMITS.id),
    path: 'alerting',
    sign,
    statement: cut(texts.statement, LIMITS.statement),
    expected: cut(texts.expected, LIMITS.expected),
    observed: cut(texts.observed, LIMITS.observed),
    verdict: texts.verdict,
    evidence: evidence.map((item) => ({ ...item, name: cut(item.name, LIMITS.evidenceName) })),
  };
}

export function yamlEvidence(name: string, content: string): Evidence {
  return { name, mediaType: 'application/yaml', content };
}

export function textEvidence(name: string, content: string): Evidence {
  return { name, mediaType: 'text/plain', content };
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
