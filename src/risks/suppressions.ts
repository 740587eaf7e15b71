import picomatch from 'picomatch';
import type { EncodedPath } from '../contract/encodedPath.js';
import type { Risk } from '../contract/risk.js';
import type { ScanConfig } from '../contract/scanConfig.js';
import type { Snapshot } from '../contract/snapshot.js';
import { isScanned } from './scannedPath.js';

/** A finding that somebody lives with, and why. */
export interface Suppressed {
  risk: Risk;
  because: string;
  /** Where the reason stands: a comment at the place, or the key `scan.ignore` of `mlops.yaml`. */
  by: 'comment' | 'configuration';
}

/** A comment or key that was meant to suppress something and doesn't. */
export interface SuppressionNote {
  path: EncodedPath;
  line: number;
  text: string;
}

/** `mlops: ignore RULE[, RULE…] because REASON`, behind the sign of a comment. */
const COMMENT = /(?:#|\/\/)\s*mlops:\s*ignore\b[ \t]*([A-Z]{2,5}-\d{1,4}(?:\s*,\s*[A-Z]{2,5}-\d{1,4})*)?[ \t]*(.*)$/;
/** A line that is nothing but a comment. */
const COMMENT_LINE = /^\s*(#|\/\/)/;
const MOST_LINES_ABOVE = 20;
/** Prose, and languages in which no rule finds anything: what stands there only speaks of such comments. */
const WITHOUT_FINDINGS = /\.(md|sql|go|java|kt|scala|rs|js|mjs|cjs|ts|tsx|cs|rb|r)$/i;

interface Comment {
  line: number;
  rules: string[];
  because?: string;
  used: boolean;
}

/**
 * Separates what comments at the place (`# mlops: ignore RULE because …`, on the line or in the comment
 * lines above it) and the configuration suppress. One that gives no reason suppresses nothing, and a note says so.
 *
 * @param knownRules ids that a comment may name
 */
export function suppress(
  risks: readonly Risk[],
  {
    snapshot,
    config,
    knownRules,
  }: { snapshot: Snapshot; config: ScanConfig | undefined; knownRules: readonly string[] },
): { open: Risk[]; suppressed: Suppressed[]; notes: SuppressionNote[] } {
  const comments = new Map<EncodedPath, { comments: Comment[]; lines: string[] }>();
  const notes: SuppressionNote[] = [];
  for (const { path } of snapshot.entries) {
    if (WITHOUT_FINDINGS.test(path) || !isScanned(path)) continue;
    const text = snapshot.text(path);
    if (text === undefined || !text.includes('mlops:')) continue;
    const lines = text.split(/\r\n|\n|\r/);
    const found = lines.flatMap((line, index) => commentOf(line, index + 1));
    if (found.length === 0) continue;
    comments.set(path, { comments: found, lines });
    notes.push(...found.flatMap((comment) => complaintsOf(path, comment, knownRules)));
  }
  const ignored = (config?.ignore ?? []).map((one) => ({
    ...one,
    matches: one.paths && picomatch(one.paths, { dot: true }),
  }));
  const open: Risk[] = [];
  const suppressed: Suppressed[] = [];
  for (const risk of risks) {
    const comment = commentFor(risk, comments.get(risk.path));
    const key = ignored.find(({ rule, matches }) => rule === risk.rule && (matches?.(risk.path) ?? true));
    if (comment?.because !== undefined) {
      comment.used = true;
      suppressed.push({ risk, because: comment.because, by: 'comment' });
    } else if (key) suppressed.push({ risk, because: key.because, by: 'configuration' });
    else open.push(risk);
  }
  for (const [path, { comments: found }] of comments) {
    for (const comment of found) {
      const known = comment.rules.length > 0 && comment.rules.every((rule) => knownRules.includes(rule));
      if (comment.because === undefined || comment.used || !known) continue;
      const text = `nothing here is found by ${comment.rules.join(', ')}: the comment can go`;
      notes.push({ path, line: comment.line, text });
    }
  }
  return { open, suppressed, notes: notes.sort(byPlace) };
}

function commentOf(line: string, number: number): Comment[] {
  const match = COMMENT.exec(line);
  if (!match) return [];
  const rules = match[1]?.split(',').map((rule) => rule.trim()) ?? [];
  const because = /^because\s+(\S.*?)\s*$/.exec(match[2] ?? '')?.[1];
  const says = because !== undefined && /\p{L}{2}/u.test(because);
  return [{ line: number, rules, used: false, ...(says ? { because } : {}) }];
}

function complaintsOf(path: EncodedPath, comment: Comment, knownRules: readonly string[]): SuppressionNote[] {
  const { line, rules } = comment;
  if (rules.length === 0)
    return [{ path, line, text: 'it names no rule, so it suppresses nothing: # mlops: ignore RULE because …' }];
  const unknown = rules.filter((rule) => !knownRules.includes(rule));
  if (unknown.length > 0) return [{ path, line, text: `there is no rule ${unknown.join(', ')}` }];
  if (comment.because !== undefined) return [];
  return [
    { path, line, text: `it gives no reason, so it suppresses nothing: # mlops: ignore ${rules.join(', ')} because …` },
  ];
}

/** The comment on the finding's line, or in the comment lines right above it. */
function commentFor(risk: Risk, of: { comments: Comment[]; lines: string[] } | undefined): Comment | undefined {
  if (!of) return undefined;
  const at = (line: number) =>
    of.comments.find((one) => one.line === line && one.because !== undefined && one.rules.includes(risk.rule));
  const own = at(risk.line);
  if (own) return own;
  for (let line = risk.line - 1; line >= Math.max(1, risk.line - MOST_LINES_ABOVE); line -= 1) {
    if (!COMMENT_LINE.test(of.lines[line - 1] ?? '')) return undefined;
    const above = at(line);
    if (above) return above;
  }
  return undefined;
}

function byPlace(a: SuppressionNote, b: SuppressionNote): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line;
}
