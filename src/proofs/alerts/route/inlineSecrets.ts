import type { YamlNode } from '../../../lifecycle/yamlDocument.js';

/** A secret that stands in the file itself. The secret is in no field. */
export interface InlineSecret {
  line: number;
  /** Its place among the keys: `receivers[1].slack_configs[0].api_url`. */
  key: string;
  /** Further lines on which the same one stands. */
  again: readonly number[];
}

const SECRET_KEY = /(?:^|_)(?:key|token|password|secret|secrets|credentials)$/;
/** Text that goes into a notification; its keys are the user's own words. */
const FREE_FORM = /^(?:details|custom_fields|headers|attributes|fields|labels|actions)$/;
const MAX_FOUND = 100;

/** The secrets of a configuration that are given inline rather than by a file, and aren't placeholders; each once. */
export function inlineSecretsOf(config: YamlNode): InlineSecret[] {
  const found = new Map<string, { line: number; key: string; again: number[] }>();
  const add = (secret: string, line: number, key: string): void => {
    const known = found.get(secret);
    if (known === undefined) found.set(secret, { line, key, again: [] });
    else if (line !== known.line && !known.again.includes(line) && known.again.length < MAX_FOUND)
      known.again.push(line);
  };
  const walk = (node: YamlNode, path: string, kind: string): void => {
    if (found.size >= MAX_FOUND) return;
    for (const { key, value, keyPlace } of node.pairs()) {
      if (value === undefined || FREE_FORM.test(key)) continue;
      const place = path === '' ? key : `${path}.${key}`;
      if (key === 'secrets' && value.isSequence) {
        for (const item of value.items()) {
          if (isSecret(key, kind, item.text ?? '')) add(item.text ?? '', item.line, place);
        }
      } else if (value.isSequence) {
        value.items().forEach((item, index) => {
          walk(item, `${place}[${index}]`, key);
        });
      } else if (value.isMap) walk(value, place, kind === '' ? key : kind);
      else if (isSecret(key, kind, value.text ?? '')) add(value.text ?? '', keyPlace.line, place);
    }
  };
  for (const top of ['global', 'receivers']) {
    const node = config.get(top);
    if (node?.isMap) walk(node, top, top);
    node?.items().forEach((item, index) => {
      walk(item, `${top}[${index}]`, top);
    });
  }
  return [...found.values()];
}

/**
 * Whether a setting is a secret that is written out.
 *
 * @param kind the integration that it belongs to, `slack_configs`, or `global`
 */
export function isSecret(key: string, kind: string, value: string): boolean {
  if (/url$/.test(key)) return isSecretUrl(value, key === 'webhook_url' || /slack/.test(kind) || /slack/.test(key));
  // The routing key of VictorOps names a team.
  if (key === 'routing_key' && kind === 'victorops_configs') return false;
  return SECRET_KEY.test(key) && !isPlaceholder(value);
}

/** Whether a value only stands for one that is filled in later. */
export function isPlaceholder(value: string): boolean {
  const text = value.trim();
  return (
    text === '' ||
    /\$\{|\$\(|\{\{|^\$\w+$|^<[^>]*>$|^%\w+%$|^__\w+__$/.test(text) ||
    // Encrypted, or a reference to where it is kept.
    /^(?:ENC\[|vault:|op:\/\/|ref\+|\/)/.test(text) ||
    /^[x*.]+$/i.test(text) ||
    /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(text) ||
    /(?:change|replace)[-_ ]?(?:me|this|it|with)|placeholder|example|dummy|redacted|\byour[-_ ]|_here$/i.test(text) ||
    /^(?:secret|password|token|key|none|null|todo|test|foo|bar)$/i.test(text)
  );
}

/** Whether knowing the address is enough to post to it: a password or a random part is in it. */
function isSecretUrl(value: string, addressIsSecret: boolean): boolean {
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    return false;
  }
  if (url.password !== '' && !isPlaceholder(decoded(url.password))) return true;
  const inQuery = [...url.searchParams].some(
    ([name, part]) => /^(?:key|token|sig|secret|access_token|api_key)$/i.test(name) && isRandom(part),
  );
  const inPath = url.pathname.split('/').some((part) => isRandom(decoded(part)));
  const hook = /^(?:hooks\.slack\.com|discord(?:app)?\.com|.*\.webhook\.office\.com|outlook\.office\.com)$/.test(
    url.hostname,
  );
  return inQuery || (inPath && (addressIsSecret || hook));
}

function isRandom(part: string): boolean {
  return (
    part.length >= 16 &&
    /^[\w.~%+/=-]+$/.test(part) &&
    !isPlaceholder(part) &&
    new Set(part).size >= 6 &&
    (/\d/.test(part) || (/[a-z]/.test(part) && /[A-Z]/.test(part)))
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
