import type { EncodedPath } from '../contract/encodedPath.js';
import type { Risk } from '../contract/risk.js';
import type { FileEdit, Snapshot } from '../contract/snapshot.js';
import { buildLifecycle } from '../lifecycle/buildLifecycle.js';
import { assess, fixFor } from '../risks/catalogue.js';
import type { RuleContext } from '../risks/rule.js';
import { overlaySnapshot } from './overlaySnapshot.js';
import { unifiedDiff } from './unifiedDiff.js';

/** The mechanical fixes of some risks, put together and tried. */
export interface MechanicalFixes {
  /** Files with their new content. */
  edits: FileEdit[];
  /** What was done for which risk, in order. */
  fixed: { risk: Risk; reason: string; tradeOff: string }[];
  /** Risks whose fix was left out, with the reason. */
  left: { risk: Risk; reason: string }[];
  /** Unified diff of everything, as `git apply` takes it. */
  patch: string;
}

/**
 * Puts the mechanical fixes of risks together. Each is taken only if its finding is gone afterwards and no
 * new one has come; the risks must be those that {@link assess} gave for the context.
 */
export function mechanicalFixes(risks: readonly Risk[], context: RuleContext): MechanicalFixes {
  const workshop = new Workshop(context);
  let pending = [...risks];
  while (pending.length > 0) {
    const { batch, later } = workshop.nextBatch(pending);
    pending = later;
    // Whole batches are tried first: each trial reads the repository anew.
    if (batch.length > 1 && workshop.take(batch)) continue;
    for (const one of batch) {
      if (!workshop.take([one])) workshop.leave(one.risk, 'its fix would not close it, or would bring another risk');
    }
  }
  return workshop.result();
}

interface Proposed {
  risk: Risk;
  edits: FileEdit[];
  reason: string;
  tradeOff: string;
}

/** The state of the files while fixes are put together. */
class Workshop {
  private readonly fixed: MechanicalFixes['fixed'] = [];
  private readonly left: MechanicalFixes['left'] = [];
  private readonly contents = new Map<EncodedPath, Uint8Array>();
  private current: RuleContext;
  private found: Map<string, Risk>;

  constructor(private readonly base: RuleContext) {
    this.current = base;
    this.found = new Map(assess(base).map((risk) => [risk.id, risk]));
  }

  /** Fixes that touch no file in common, each for the files as they are now; the others wait. */
  nextBatch(pending: readonly Risk[]): { batch: Proposed[]; later: Risk[] } {
    const batch: Proposed[] = [];
    const later: Risk[] = [];
    const touched = new Set<EncodedPath>();
    for (const risk of pending) {
      const now = this.found.get(risk.id);
      if (now === undefined) {
        this.fixed.push({ risk, reason: 'closed by another of these changes', tradeOff: '' });
        continue;
      }
      const fix = fixFor(now, this.current);
      if ('unfixable' in fix) {
        this.leave(risk, fix.unfixable);
      } else if (fix.edits.some(({ path }) => touched.has(path))) later.push(risk);
      else {
        for (const { path } of fix.edits) touched.add(path);
        batch.push({ risk, ...fix });
      }
    }
    return { batch, later };
  }

  /** Takes fixes over if all their findings are gone then and no new one has come. */
  take(batch: readonly Proposed[]): boolean {
    const edits = batch.flatMap((one) => one.edits);
    const next = contextOf(overlaySnapshot(this.current.snapshot, edits));
    const after = new Map(assess(next).map((risk) => [risk.id, risk]));
    if (batch.some(({ risk }) => after.has(risk.id)) || [...after.keys()].some((id) => !this.found.has(id)))
      return false;
    for (const { path, content } of edits) this.contents.set(path, content);
    for (const { risk, reason, tradeOff } of batch) this.fixed.push({ risk, reason, tradeOff });
    this.current = next;
    this.found = after;
    return true;
  }

  leave(risk: Risk, reason: string): void {
    this.left.push({ risk, reason });
  }

  result(): MechanicalFixes {
    const edits = [...this.contents].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, content]) => ({ path, content }));
    return { edits, fixed: this.fixed, left: this.left, patch: patchOf(edits, this.base.snapshot) };
  }
}

function contextOf(snapshot: Snapshot): RuleContext {
  return { snapshot, ...buildLifecycle(snapshot) };
}

function patchOf(edits: readonly FileEdit[], base: Snapshot): string {
  return edits
    .map(({ path, content }) =>
      unifiedDiff(path, base.text(path) ?? '', new TextDecoder('utf-8', { ignoreBOM: true }).decode(content)),
    )
    .join('');
}
