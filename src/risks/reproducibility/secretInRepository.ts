import type { EncodedPath } from '../../contract/encodedPath.js';
import { readYaml } from '../../lifecycle/yamlDocument.js';
import { hasModels } from '../modelRepository.js';
import type { Finding, Rule, RuleContext } from '../rule.js';
import { isOtherEnvironment, isScanned } from '../scannedPath.js';

const MAX_LINE = 4000;

/** Credentials with a form of their own, as their issuers document it. */
const KNOWN: { what: string; pattern: RegExp }[] = [
  { what: 'an AWS access key', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { what: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{82})\b/ },
  { what: 'a GitLab token', pattern: /\bglpat-[\w-]{20}(?![\w-])/ },
  { what: 'a Google API key', pattern: /\bAIza[\w-]{35}(?![\w-])/ },
  { what: 'a Slack token', pattern: /\bxox[abprs]-\d{8,}-[\w-]{10,}/ },
  { what: 'a Slack webhook', pattern: /hooks\.slack\.com\/services\/T[A-Z0-9]{8,}\/B[A-Z0-9]{8,}\/\w{20,}/ },
  { what: 'a Hugging Face token', pattern: /\bhf_[A-Za-z]{34}\b/ },
  { what: 'an Azure storage key', pattern: /AccountKey=[A-Za-z0-9+/]{86}==/ },
  { what: 'a Stripe key', pattern: /\bsk_live_\w{24,}/ },
  { what: 'a MongoDB password', pattern: /mongodb\+srv:\/\/[^:\s/{$<]+:[^@\s/{$<]{4,}@(?=[\w-]+\.\w+\.mongodb\.net)/ },
];
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/;

const SECRET_NAME = /(password|passwd|pwd|secret|token|api_?key|access_?key|private_?key)$/i;
/** What stands for a value that a person fills in. */
const PLACEHOLDER =
  /^$|^[<{[$%*]|example|placeholder|change[-_ ]?(me|this|it)|replace|redacted|dummy|fake|todo|your[-_ ]|insert|^(xxx+|\.\.\.|none|null|user|url|token|true|false|string|secret|key|value|base64.*)$|x{3,}|\*{3,}|(?<same>.)\k<same>{5,}/i;
const URL_WITH_PASSWORD = /\b[a-z][a-z0-9+]*:\/\/([^\s:/@${<]+):([^\s:/@${<]+)@[\w.-]+/i;

interface Found {
  path: EncodedPath;
  line: number;
  /** What it is; never the value. */
  what: string;
}

/** Credentials of a known form anywhere, one of a kind and file. */
function knownForms({ snapshot }: RuleContext): Found[] {
  return snapshot.entries.flatMap(({ path }) => {
    if (!isScanned(path) || /\.(md|ipynb)$/.test(path)) return [];
    const text = snapshot.text(path);
    if (text === undefined) return [];
    const found = KNOWN.flatMap(({ what, pattern }) => {
      const match = pattern.exec(text);
      return match && !PLACEHOLDER.test(match[0]) && !/1234567|abcdef/i.test(match[0])
        ? [{ path, line: lineAt(text, match.index), what }]
        : [];
    });
    const key = PRIVATE_KEY.exec(text);
    // The header alone is a pattern or a check for one; a key has lines of base64 below.
    const below = key ? text.slice(key.index + key[0].length, key.index + key[0].length + 400) : '';
    if (key && /^(?:\s|\\n)+[A-Za-z0-9+/]{40,}/.test(below) && !PLACEHOLDER.test(below.trim().slice(0, 64)))
      found.push({ path, line: lineAt(text, key.index), what: 'a private key' });
    return found;
  });
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** Values of Kubernetes Secrets, and passwords in plain values and addresses of manifests. */
function inManifests({ facts, snapshot }: RuleContext): Found[] {
  const paths = [...new Set(facts.kubernetesObjects.map(({ path }) => path))].filter(
    (path) => isScanned(path) && !isOtherEnvironment(path),
  );
  return paths.flatMap((path) => {
    const text = snapshot.text(path);
    const reading = text === undefined || !/Secret\b/.test(text) ? undefined : readYaml(text);
    const ofSecrets =
      !reading || 'reason' in reading
        ? []
        : reading.documents.flatMap((document) =>
            document.get('kind')?.text !== 'Secret'
              ? []
              : ['data', 'stringData'].flatMap((field) =>
                  (document.get(field)?.pairs() ?? []).flatMap(({ key, value, place }) => {
                    const written = value?.text?.trim() ?? '';
                    const plain = field === 'data' ? Buffer.from(written, 'base64').toString('utf8').trim() : written;
                    return SECRET_NAME.test(key) &&
                      !PLACEHOLDER.test(plain) &&
                      !PLACEHOLDER.test(written) &&
                      !/\{\{/.test(written)
                      ? [{ path, line: place.line, what: `the value of ${key}` }]
                      : [];
                  }),
                ),
          );
    const ofEnv = facts.kubernetesObjects
      .filter((object) => object.path === path)
      .flatMap(({ containers }) => containers.flatMap(({ env }) => env))
      .flatMap(({ name, value, line }) =>
        value && SECRET_NAME.test(name) && !PLACEHOLDER.test(value.value)
          ? [{ path, line, what: `the value of ${name}` }]
          : [],
      );
    return [...ofSecrets, ...ofEnv, ...addresses(path, text ?? '')];
  });
}

function addresses(path: EncodedPath, text: string): Found[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const match = /^\s*#/.test(line) ? null : URL_WITH_PASSWORD.exec(line.slice(0, MAX_LINE));
    return match && !PLACEHOLDER.test(match[2] as string)
      ? [{ path, line: index + 1, what: `the password of ${match[1]} in an address` }]
      : [];
  });
}

/** Literal values that Python code gives to a name of a credential. */
function inPython({ facts }: RuleContext): Found[] {
  return facts.pythonModules.flatMap(({ path, assignments }) =>
    assignments.flatMap(({ targets, value, line }) => {
      const name = /([A-Za-z_]\w*)["']?\]?$/.exec(targets[0] ?? '')?.[1] ?? '';
      if (!isScanned(path) || !SECRET_NAME.test(name) || value.kind !== 'string') return [];
      const literal = value.value;
      // Long, of mixed characters, and not itself a name or a path: a key and not a reference to one.
      const isKey = /^[\w+/=.!@#%^&-]{16,}$/.test(literal) && /\d/.test(literal) && /[a-z]/i.test(literal);
      return isKey && !/^[A-Z][A-Z_]+$|[/.]\w+\.\w+$/.test(literal) && !PLACEHOLDER.test(literal)
        ? [{ path, line, what: `the value of ${name}` }]
        : [];
    }),
  );
}

/** REP-009; basis: OWASP Secrets Management Cheat Sheet; the forms are those that the issuers' documentation gives. */
export const secretInRepository: Rule = {
  id: 'REP-009',
  name: 'secret-in-repository',
  area: 'reproducibility',
  stage: 'deployment',
  severity: 'high',
  confidence: 'likely',
  summary: 'A working credential that is committed.',
  reads: 'Kubernetes manifests, Python code; credentials of a known form in every file that is read',
  page: 'reproducibility/secret-in-repository.md',
  answers: ['secrets-in-repo'],
  check(context) {
    if (!hasModels(context.facts)) return [];
    const found = [...knownForms(context), ...inManifests(context), ...inPython(context)];
    const byPlace = new Map(found.map((each) => [`${each.path}\n${each.what}`, each]));
    return [...byPlace.values()].map(
      ({ path, line, what }): Finding => ({
        path,
        line,
        subject: what,
        message: `${path} holds ${what}.`,
        consequence: 'Whoever can read the repository, now or in its history, can change models and read their data.',
        // The line itself would repeat the secret in reports and logs.
        evidence: [`${path}:${line}: ${what} (not shown)`.slice(0, 200)],
        unfixableBecause: 'it must be replaced where it was issued; removing it here leaves it in the history',
      }),
    );
  },
};
