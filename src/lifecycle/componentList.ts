import type { EncodedPath } from '../contract/encodedPath.js';
import type { Component, LineRange } from '../contract/lifecycle.js';
import type { LifecycleStage } from '../contract/stage.js';
import { excerpt } from './sourceText.js';

/** Components of one kind that a map holds; the alerts of a large mixin would drown the rest. */
const MAX_PER_KIND = 500;

/** What a component is made of, beside its stage and kind. */
export interface ComponentFields {
  name: string;
  path: EncodedPath;
  place: { line: number; endLine: number };
  evidence: string;
  model?: string | undefined;
}

/** Components as they are found, each with the fact that it was made of, for the edges. */
export class ComponentList {
  readonly components: Component[] = [];
  private readonly byFact = new Map<object, Component[]>();
  private readonly byPath = new Map<EncodedPath, Component[]>();
  private readonly ids = new Set<string>();
  private readonly perKind = new Map<string, number>();

  /** Components of a fact. */
  of(fact: object): Component[] {
    return this.byFact.get(fact) ?? [];
  }

  /** Components of a file. */
  at(path: EncodedPath): Component[] {
    return this.byPath.get(path) ?? [];
  }

  add(fact: object, stage: LifecycleStage, kind: string, fields: ComponentFields): void {
    const { name, path, place, evidence, model } = fields;
    const count = (this.perKind.get(kind) ?? 0) + 1;
    this.perKind.set(kind, count);
    if (count > MAX_PER_KIND) return;
    const lines: LineRange = { start: place.line, end: place.endLine };
    const base = `${kind}:${path}#${name}`;
    let id = base;
    for (let twin = 2; this.ids.has(id); twin += 1) id = `${base}~${twin}`;
    this.ids.add(id);
    const component: Component = { id, stage, kind, name, path, lines, evidence: excerpt(evidence) };
    if (model !== undefined) component.model = model;
    this.components.push(component);
    this.byFact.set(fact, [...this.of(fact), component]);
    this.byPath.set(path, [...this.at(path), component]);
  }
}
