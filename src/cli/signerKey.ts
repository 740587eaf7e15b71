import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { readKeyFile, type SigningKey } from '../approval/keys.js';
import { WrongUsage } from './wrongUsage.js';

/** A person of the policy with the key to sign for them. */
export interface Signer {
  person: string;
  key: SigningKey;
}

export interface SignerOptions {
  /** Id of the person in the policy. */
  as?: string;
  /** Key file. */
  key?: string;
}

/** Where `keys create` puts a person's key: below the user's configuration folder (XDG). */
export function defaultKeyFile(person: string, env: NodeJS.ProcessEnv): string {
  return join(
    env.XDG_CONFIG_HOME || join(homedir(), '.config'),
    'temporal-mlops',
    'keys',
    `${assertPersonId(person)}.jwk`,
  );
}

/**
 * Who signs: `--as` (or TEMPORAL_MLOPS_PERSON) and their key file, or `--key FILE` alone, whose name
 * then says who.
 *
 * @throws MlopsError MLOPS-INPUT-001 when nobody is named, MLOPS-CFG-004 when the key can't be used.
 */
export async function signerOf(options: SignerOptions, env: NodeJS.ProcessEnv): Promise<Signer> {
  const named = options.as ?? (env.TEMPORAL_MLOPS_PERSON || undefined);
  const person = named ?? (options.key === undefined ? undefined : basename(options.key).replace(/\.(jwk|json)$/, ''));
  if (person === undefined) {
    throw new WrongUsage('Nobody is named who signs.', {
      where: '--as',
      mend: 'Say who you are in the policy: --as PERSON, or set TEMPORAL_MLOPS_PERSON.',
    });
  }
  const file = options.key ?? defaultKeyFile(person, env);
  return { person: assertPersonId(person), key: await readKeyFile(file) };
}

function assertPersonId(person: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/.test(person)) return person;
  throw new WrongUsage('A person’s id has lower-case letters, digits, dot, dash and underscore, at most 64.', {
    where: person.slice(0, 80),
    mend: 'Use the `id` that mlops.yaml lists.',
  });
}
