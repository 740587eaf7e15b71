import { isSeq, LineCounter, parseDocument, type Scalar } from 'yaml';

/**
 * The policy with a person's public key put into their empty `keys: []`. Everything else stays byte
 * for byte as it was, comments included.
 *
 * @throws RangeError when the policy lists no such person with an empty list of keys.
 */
export function withPersonKey(policy: string, person: string, key: { kid: string; publicKey: string }): string {
  const document = parseDocument(policy, { lineCounter: new LineCounter() });
  const people = document.get('people');
  const index = isSeq(people)
    ? people.items.findIndex((_item, at) => document.getIn(['people', at, 'id']) === person)
    : -1;
  const keys = index < 0 ? undefined : document.getIn(['people', index, 'keys'], true);
  const range = (keys as Scalar | undefined)?.range;
  if (!isSeq(keys) || keys.items.length > 0 || !range)
    throw new RangeError(`the policy has no empty keys for ${person}`);
  const entry = `[{ kid: ${JSON.stringify(key.kid)}, publicKey: ${JSON.stringify(key.publicKey)} }]`;
  return policy.slice(0, range[0]) + entry + policy.slice(range[1]);
}
