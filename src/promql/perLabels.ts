import type { Labels } from './labels.js';

/**
 * What follows from a node of a query and a label set, made once: the same label sets come again at
 * every evaluation, and making new ones is what evaluation would spend most of its time on.
 */
export class PerLabels<T> {
  private readonly made = new WeakMap<object, WeakMap<Labels, T>>();

  get(node: object, labels: Labels, make: () => T): T {
    let ofNode = this.made.get(node);
    if (ofNode === undefined) {
      ofNode = new WeakMap();
      this.made.set(node, ofNode);
    }
    let value = ofNode.get(labels);
    if (value === undefined) {
      value = make();
      ofNode.set(labels, value);
    }
    return value;
  }
}
