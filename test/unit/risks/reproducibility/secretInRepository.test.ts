import { describe, expect, it } from 'vitest';
import { type Files, findings, TRAINING } from '../ruleTrial.js';

const rule = (files: Files) => findings('REP-009', { ...TRAINING, ...files });
const secret = (field: string, key: string, value: string) => ({
  'k8s/s.yaml': `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${field}:\n  ${key}: ${value}\n`,
});
// Put together here, so that no scanner takes this file for one that holds a credential.
const AWS = `AK${'IA'}QX7RM2LPZT4WVN3K`;
const HEADER = `-----BEGIN RSA PRIVATE ${'KEY'}-----`;

describe('REP-009 secret-in-repository', () => {
  it('finds a password of a Secret, written plainly or encoded, and never shows it', () => {
    for (const files of [
      secret('stringData', 'DB_PASSWORD', 'hunter22'),
      secret('data', 'DB_PASSWORD', 'aHVudGVyMjI='),
    ]) {
      const risks = rule(files);
      expect(risks).toMatchObject([{ path: 'k8s/s.yaml', line: 5 }]);
      expect(JSON.stringify(risks)).not.toMatch(/hunter22|aHVudGVyMjI/);
    }
  });

  it('finds a password in an address of a manifest', () => {
    const pod =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n    - name: c\n      image: a:1\n      args:\n        - --uri=postgresql://me:hunter22@db:5432/x\n';
    expect(rule({ 'k8s/p.yaml': pod })).toMatchObject([{ line: 9 }]);
    expect(rule({ 'k8s/p.yaml': pod.replace('hunter22', '$(PASSWORD)') })).toEqual([]);
  });

  it('finds credentials of a known form, and keys with a body', () => {
    expect(rule({ 'src/a.py': `KEY = "${AWS}"\n` })).toMatchObject([{ subject: 'an AWS access key' }]);
    expect(rule({ 'deploy.sh': `echo "${HEADER}\n${'MIIEowIBAAKCAQEA'.repeat(3)}\n` })).toMatchObject([
      { subject: 'a private key' },
    ]);
    expect(rule({ 'src/a.py': `HEADER = "${HEADER}"\n` })).toEqual([]);
    expect(rule({ 'src/a.py': `KEY = "AK${'IA'}IOSFODNN7EXAMPLE"\n` })).toEqual([]);
  });

  it.each(['""', 'changeme', '<password>', 'your-password', 'ghp_xxxxxxxx', '${DB_PASSWORD}', 'REPLACE_ME'])(
    'is silent on the placeholder %s',
    (value) => expect(rule(secret('stringData', 'password', value))).toEqual([]),
  );

  it('is silent in documentation, on names of secrets and without a model', () => {
    expect(rule({ 'README.md': `${AWS}\n`, 'docs/a.py': `K = "${AWS}"\n` })).toEqual([]);
    expect(rule({ 'src/a.py': 'API_KEY = os.environ["API_KEY"]\nTOKEN = "my_service_token_name"\n' })).toEqual([]);
    expect(findings('REP-009', secret('stringData', 'password', 'hunter22'))).toEqual([]);
  });
});
