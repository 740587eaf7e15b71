import canonicalizeModule from 'canonicalize';

// The package is CommonJS with an ES default export; which of the two arrives depends on the bundler.
const canonicalize = ((canonicalizeModule as unknown as { default?: unknown }).default ?? canonicalizeModule) as (
  value: unknown,
) => string | undefined;

/**
 * Canonical JSON as RFC 8785 (JSON Canonicalization Scheme) defines it: keys sorted by UTF-16 code
 * unit, no white space, numbers as ECMAScript prints them. Equal values give equal bytes, so a
 * digest over the result identifies the value.
 *
 * @throws RangeError when the value holds something JSON has no form for: a non-finite number, a
 * lone surrogate, a function, a bigint, or `undefined` in a list.
 */
export function canonicalJson(value: unknown): string {
  assertJson(value, '$');
  const text = canonicalize(value);
  if (text === undefined) throw new RangeError('canonical JSON: the value is undefined');
  return text;
}

function assertJson(value: unknown, at: string): void {
  switch (typeof value) {
    case 'string':
      if (!isWellFormed(value)) throw new RangeError(`canonical JSON: lone surrogate at ${at}`);
      return;
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError(`canonical JSON: ${value} at ${at} is no JSON number`);
      return;
    case 'boolean':
      return;
    case 'object':
      if (value === null) return;
      if (Array.isArray(value)) {
        for (const [index, item] of value.entries()) assertJson(item, `${at}[${index}]`);
        return;
      }
      for (const [key, item] of Object.entries(value)) {
        if (!isWellFormed(key)) throw new RangeError(`canonical JSON: lone surrogate in a key at ${at}`);
        if (item !== undefined) assertJson(item, `${at}.${key}`);
      }
      return;
    default:
      throw new RangeError(`canonical JSON: ${typeof value} at ${at} has no JSON form`);
  }
}

function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}
