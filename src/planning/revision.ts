import type { Risk } from '../contract/risk.js';
import { standsAlone } from './rankRisks.js';

/** Words that take out of the plan what is named with them. */
const EXCLUDE =
  /\b(?:without|leave out|leave\b.{1,120}?\bout|leaving out|exclude|excluding|not|skip|drop)\b|n['’]t\b/giu;
/** Words after which names are meant to stay. */
const KEEP = /\b(?:but|keep|instead|rather|only|include)\b/iu;
/** "Don't drop it" means the contrary of either word. */
const DOUBLE_NEGATION = /(?:\bnot|n['’]t|\bnever)\s+(?:\w+\s+){0,2}?(?:without|leave\b|exclude|skip|drop)\b/iu;
const MAX_COMMENT = 2000;

/** How the rules' planner understands reviewers' comments. */
export interface Revision {
  /** Ids of risks and paths to leave out of the plan. */
  excluded: string[];
  /** Comments with nothing that it could act on, as they were given. */
  unanswered: string[];
}

/**
 * Reads reviewers' `revise` comments. They are data: the only thing they can do here is to take
 * something out of the plan. The vocabulary, sentence by sentence:
 *
 * - one of *without, leave out, exclude, not, skip, drop* (also *n't*, as in "don't touch");
 * - with the name of a risk (`INC-001:0123456789ab`), a rule (`INC-001` or `alert-routes-nowhere`),
 *   a path, or a file name that only one path has.
 *
 * When the sentence goes on with *but, keep, instead, rather, only* or *include*, what is named
 * after that word stays. A double negation ("don't drop …") is not understood. Whatever isn't
 * understood is returned as unanswered, so that it is shown with the next plan.
 *
 * @param paths further paths that a comment may name; those of the risks always count.
 */
export function readRevision(
  comments: readonly string[],
  risks: readonly Risk[],
  paths: readonly string[] = [],
): Revision {
  const known = new Set([...risks.map((risk) => risk.path), ...paths]);
  const excluded = new Set<string>();
  const unanswered: string[] = [];
  for (const comment of comments) {
    const found = comment
      .slice(0, MAX_COMMENT)
      .split(/[;\n!?]|\.(?=\s|$)/u)
      .flatMap((sentence) => excludedBy(sentence, risks, known));
    if (found.length === 0) unanswered.push(comment);
    for (const name of found) excluded.add(name);
  }
  return { excluded: [...excluded].sort(), unanswered };
}

/** Ids of risks and paths that reviewers' comments take out of the plan; see {@link readRevision}. */
export function exclusionsFrom(
  comments: readonly string[],
  risks: readonly Risk[],
  paths: readonly string[] = [],
): string[] {
  return readRevision(comments, risks, paths).excluded;
}

function excludedBy(sentence: string, risks: readonly Risk[], paths: ReadonlySet<string>): string[] {
  if (DOUBLE_NEGATION.test(sentence)) return [];
  const words = [...sentence.matchAll(EXCLUDE)];
  const first = words[0];
  if (first === undefined) return [];
  const from = sentence.slice(first.index);
  const keep = KEEP.exec(from);
  // "Keep X, but skip Y": what is named before the word stays too when that part says so.
  const before = KEEP.test(sentence.slice(0, first.index)) ? '' : sentence.slice(0, first.index);
  const part = before + (keep === null ? from : from.slice(0, keep.index));
  const names = new Set<string>();
  for (const risk of risks) {
    if ([risk.id, risk.rule, risk.name].some((name) => standsAlone(part, name))) names.add(risk.id);
  }
  const byBasename = new Map<string, string[]>();
  for (const path of paths) {
    const basename = path.slice(path.lastIndexOf('/') + 1);
    byBasename.set(basename, [...(byBasename.get(basename) ?? []), path]);
    if (standsAlone(part, path)) names.add(path);
  }
  for (const [basename, holders] of byBasename) {
    if (holders.length === 1 && basename.includes('.') && standsAlone(part, basename)) names.add(holders[0] as string);
  }
  return [...names];
}
