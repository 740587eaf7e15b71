import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { createKey, readKeyFile, type SigningKey, writeKeyFile } from '../../approval/keys.js';
import { MlopsError } from '../../contract/errors.js';
import { visible } from '../render/visible.js';
import { runs, type Shell } from '../shell.js';
import { defaultKeyFile } from '../signerKey.js';

/** By this name `keys create` makes the key with which a worker signs records: it stands in no policy. */
const RECORD_KEY_NAME = 'record';

/** `keys`: make a key and show what the policy needs of it. */
export function addKeys(program: Command, shell: Shell): void {
  const keys = program.command('keys').description('Make and show the keys with which people sign their decisions');
  const create = keys
    .command('create')
    .description('Make a key; it is never overwritten and only you can read it')
    .argument('<person>', 'your id in the policy, `people: [{id: …}]`')
    .option('--out <file>', 'where to write it (default: ~/.config/temporal-mlops/keys/<person>.jwk)')
    .addHelpText(
      'after',
      '\nExample:\n  temporal-mlops keys create alice\n\nPut the two lines that it prints into mlops.yaml on the policy branch.\nThe worker’s record key is made in the same way: temporal-mlops keys create record --out record.jwk\n',
    );
  runs<[string], { out?: string }>(create, shell, async (context, options, person) => {
    const file = options.out ?? defaultKeyFile(person, context.streams.env);
    const key = createKey();
    await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch((cause: Error) => {
      throw new MlopsError('MLOPS-CFG-004', `The key's folder cannot be made: ${cause.message}`, {
        where: dirname(file),
        mend: 'Name another place with --out FILE.',
        cause,
      });
    });
    await writeKeyFile(file, key);
    const written = `Wrote ${visible(file)}; keep it to yourself.`;
    context.print(
      person === RECORD_KEY_NAME
        ? [written, '', 'For temporal-mlops.yaml of the worker:', `  recordKey: file:${visible(file)}`]
        : [written, '', ...policyLines(key)],
    );
    context.answer({ file, ...publicHalf(key) });
  });
  const show = keys
    .command('show')
    .description('Show the public half of a key, as the policy needs it')
    .argument('<person>', 'your id in the policy')
    .option('--key <file>', 'key file (default: ~/.config/temporal-mlops/keys/<person>.jwk)');
  runs<[string], { key?: string }>(show, shell, async (context, options, person) => {
    const file = options.key ?? defaultKeyFile(person, context.streams.env);
    const key = await readKeyFile(file);
    context.print(policyLines(key));
    context.answer({ file, ...publicHalf(key) });
  });
}

function publicHalf(key: SigningKey): { kid: string; publicKey: string } {
  return { kid: key.kid, publicKey: key.x };
}

function policyLines(key: SigningKey): string[] {
  return ['For mlops.yaml, below `keys:` of your entry in `people:`', `  - kid: ${key.kid}`, `    publicKey: ${key.x}`];
}
