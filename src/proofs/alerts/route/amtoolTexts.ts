import { type Document, isMap, isScalar, isSeq, parseDocument, stringify, visit } from 'yaml';
import { isPlaceholder, isSecret } from './inlineSecrets.js';

/** What amtool is given of a configuration: no secret, and no path or template that it would open. */
export interface AmtoolTexts {
  /** Routing tree and names of receivers alone, so that integrations which amtool doesn't know don't matter. */
  routing: string;
  /** The whole file, with secrets replaced and without templates, for `check-config`. */
  whole: string;
}

const MAX_ALIASES = 100;

/** @param text a configuration that has been read, hence is bounded and has a `route` */
export function textsForAmtool(text: string): AmtoolTexts {
  // The failsafe schema keeps values as they are written, so that nothing changes on the way to amtool.
  const document = parseDocument(text, { schema: 'failsafe', merge: true, uniqueKeys: false });
  const plain = withNulls(document).toJS({ maxAliasCount: MAX_ALIASES }) as Record<string, unknown>;
  const receivers = (plain.receivers as Record<string, unknown>[]).map(({ name }) => ({ name }));
  const routing = { route: routingOf(plain.route as Record<string, unknown>), receivers };
  return {
    routing: stringify(routing, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false }),
    whole: withoutSecrets(document),
  };
}

/** In the failsafe schema `~` is a text of its own, which Alertmanager takes for nothing. */
function withNulls(document: Document): Document {
  const copy = document.clone();
  visit(copy, {
    Scalar(_, scalar) {
      if (scalar.type === 'PLAIN' && /^(?:~|null|Null|NULL)$/.test(String(scalar.value))) scalar.value = null;
    },
  });
  return copy;
}

function routingOf(route: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(route)
      .filter(([key]) => key !== 'mute_time_intervals' && key !== 'active_time_intervals')
      .map(([key, value]) => {
        // The only truth value of a route; in quotes amtool would refuse it.
        if (key === 'continue') return [key, /^(?:true|yes|on|y)$/i.test(String(value))];
        if (key !== 'routes' || !Array.isArray(value)) return [key, value];
        return [key, value.map((child) => routingOf(child as Record<string, unknown>))];
      }),
  );
}

function withoutSecrets(document: Document): string {
  document.delete('templates');
  visit(document, {
    Pair(_, pair, path) {
      if (!isScalar(pair.key) || !isScalar(pair.value)) return;
      const [key, value] = [String(pair.key.value), String(pair.value.value ?? '')];
      if (key === 'smarthost' || key === 'smtp_smarthost') {
        if (isPlaceholder(value)) pair.value.value = 'redacted.invalid:25';
      } else if (/url$/.test(key)) {
        if (isSecret(key, kindOf(path), value) || (isPlaceholder(value) && value !== '')) {
          pair.value.value = 'https://redacted.invalid/';
        }
      } else if (isSecret(key, kindOf(path), value)) pair.value.value = 'redacted';
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** The innermost `…_configs` around a place. */
function kindOf(path: readonly unknown[]): string {
  for (let at = path.length - 1; at > 0; at -= 1) {
    const [parent, node] = [path[at - 1], path[at]];
    if (!isSeq(node) && !isMap(node)) continue;
    const key = (parent as { key?: unknown }).key;
    if (isScalar(key) && /_configs$/.test(String(key.value))) return String(key.value);
  }
  return '';
}
