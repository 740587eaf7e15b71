import { describe, expect, it } from 'vitest';
import { tagProvenance } from '../../../src/registry/tagProvenance.js';

const SHA = '0123456789abcdef'.repeat(4);
const MD5 = '0123456789abcdef'.repeat(2);

describe('tagProvenance', () => {
  it('reads the four trailers of the last paragraph', () => {
    const message = `m v1\n\nAUC 0.9.\n\nArtifact: models/m.json\nSha256: ${SHA}\nData-Md5: ${MD5}.dir\nEvaluated-At: 2026-03-16T12:24:10Z\n`;
    expect(tagProvenance(message)).toEqual({
      artifact: 'models/m.json',
      sha256: SHA,
      dataMd5: `${MD5}.dir`,
      evaluatedAt: '2026-03-16T12:24:10Z',
    });
  });

  it('reads names in any case and CRLF line ends', () => {
    expect(tagProvenance(`m\r\n\r\nSHA256: ${SHA}\r\nartifact: a\r\n`)).toEqual({ artifact: 'a', sha256: SHA });
  });

  it('does not read a line of the text for a trailer', () => {
    expect(tagProvenance(`m\n\nSha256: ${SHA}\n\nArtifact: a`)).toEqual({ artifact: 'a' });
  });

  it.each([
    ['a short hash', 'Sha256: abc'],
    ['an upper-case hash', `Sha256: ${SHA.toUpperCase()}`],
    ['two different hashes', `Sha256: ${SHA}\nSha256: ${SHA.replace('0', '1')}`],
    ['a date without time', 'Evaluated-At: 2026-03-16'],
    ['an empty artifact', 'Artifact:'],
    ['an empty message', ''],
  ])('takes %s for not recorded', (_, trailers) => {
    expect(tagProvenance(`m\n\n${trailers}`)).toEqual({});
  });
});
