import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { MlopsError } from '../../contract/errors.js';
import { parseTrust } from '../../report/recordAnchor.js';
import { type Verification, verifyRecord } from '../../report/verifyRecord.js';
import { readInput } from '../readInput.js';
import { paragraph } from '../render/layout.js';
import { signs, type Terminal } from '../render/terminal.js';
import { openRepositoryAnchor } from '../repositoryAnchor.js';
import { runs, type Shell } from '../shell.js';

/** `verify`: what an exported record proves, offline. */
export function addVerify(program: Command, shell: Shell): void {
  const command = program
    .command('verify')
    .description('Check an exported record offline: every digest and signature, and where it comes from')
    .argument('<file>', 'record file, from `report --record` or `demo --report`')
    .option('--repo <path>', 'a clone of the target, as the anchor: commit, trailers and policy are compared with it')
    .option(
      '--trust <keys>',
      'JWKS of keys that you trust, as the anchor: {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "…"}]}',
    )
    .addHelpText(
      'after',
      '\nExits with 0 when the record is consistent, with or without an anchor, and with 1 when it is not.\n\nExample:\n  temporal-mlops verify record.json --repo ../fraud-scorer\n',
    );
  runs<[string], { repo?: string; trust?: string }>(command, shell, async (context, options, file) => {
    const content = await readBytes(file);
    const trust =
      options.trust === undefined
        ? undefined
        : parseTrust(await readInput(options.trust, context.streams.input), options.trust);
    const anchor = options.repo === undefined ? {} : await openRepositoryAnchor(options.repo);
    const verification = await verifyRecord(content, { ...anchor, trust });
    context.print(renderVerification(verification, context.terminal));
    context.answer(verification);
    context.exitCode = verification.consistent ? 0 : 1;
  });
}

/** Each statement on a line, and what follows from them. */
export function renderVerification(verification: Verification, terminal: Terminal): string[] {
  const { style } = terminal;
  const sign = signs(terminal);
  const lines = verification.statements.flatMap(({ ok, text }) => {
    const [first, ...rest] = paragraph(text, terminal, { indent: 2 });
    return [`${ok ? style.green(sign.done) : style.red(sign.failed)} ${(first as string).trimStart()}`, ...rest];
  });
  // A consistent record's last statement says already what that means.
  if (verification.consistent) return lines;
  return [...lines, '', ...paragraph('Not consistent: it proves nothing.', terminal, { style: style.bold })];
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new MlopsError('MLOPS-INPUT-002', `The record cannot be read: ${(cause as Error).message}`, {
      where: file,
      cause,
    });
  }
}
